/** A trained policy balances the pole; a click shoves it. */
import { policy } from "policy";
import { firstState, hasFallen, nextState, TAU } from "./physics.js";

const context = document.querySelector("canvas").getContext("2d");
const status = document.querySelector("output");
const SCALE = context.canvas.width / 5; // pixels per metre

let state = firstState();
let steps = 0;
let best = 0;
let last;

/** Takes as many steps as the time since the last picture asks for, of a long absence only the last tenth of a second. */
function show(now) {
  last = Math.max(last ?? now, now - 100);
  for (; last <= now; last += 1000 * TAU) step();
  draw(state);
  status.textContent = `up for ${(steps * TAU).toFixed(1)} s, at most ${(best * TAU).toFixed(1)} s`;
  requestAnimationFrame(show);
}

function step() {
  state = nextState(state, policy.act(state));
  steps++;
  best = Math.max(best, steps);
  if (!hasFallen(state)) return;
  state = firstState();
  steps = 0;
}

function draw([x, , theta]) {
  const { width, height } = context.canvas;
  const [cartX, cartY] = [width / 2 + x * SCALE, 0.75 * height];
  context.clearRect(0, 0, width, height);
  line("#888", 2, 0, cartY, width, cartY);
  context.fillStyle = "#345";
  context.fillRect(cartX - 35, cartY - 18, 70, 36);
  line("#c77d0a", 12, cartX, cartY - 18, cartX + SCALE * Math.sin(theta), cartY - 18 - SCALE * Math.cos(theta));
}

function line(colour, width, fromX, fromY, toX, toY) {
  Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round" });
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}

context.canvas.addEventListener("pointerdown", ({ offsetX, target }) => {
  const x = ((offsetX / target.clientWidth - 0.5) * target.width) / SCALE;
  state[3] += x < state[0] ? 0.5 : -0.5;
});
const { algorithm, training } = policy.header;
document.querySelector("#caption").textContent =
  `Trained by ${algorithm} for ${training.steps.toLocaleString("en-GB")} steps. Click beside the pole to shove it.`;
requestAnimationFrame(show);
