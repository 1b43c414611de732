/** Room that the samplers work in. */
import { Random } from "../../lanes/random";
import { vectorBytes } from "../../lanes/vector";

/** Bytes that the samplers need at `scratch` for actions or logits of `size` components. */
export function scratchBytes(size: i32): usize {
  return randomBytes() + 4 * vectorBytes(max(size, 1));
}

/** Bytes of a generator, aligned for what stands behind it. */
@inline
export function randomBytes(): usize {
  return (offsetof<Random>() + 15) & ~15;
}
