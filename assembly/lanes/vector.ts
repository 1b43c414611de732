/** A short vector of lane numbers: component i of all lanes of a group stands together, `[size][LANES]` f32. */

@lanes
@unmanaged
export class Vector {
  get(i: i32): f32 {
    return load<f32>(changetype<usize>(this) + <usize>i * sizeof<f32>());
  }

  set(i: i32, value: f32): void {
    store<f32>(changetype<usize>(this) + <usize>i * sizeof<f32>(), value);
  }
}

/** Bytes of a vector of `size` components. */
export function vectorBytes(size: i32): usize {
  return (<usize>size * LANES) << 2;
}
