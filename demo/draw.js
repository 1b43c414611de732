/** Drawing CartPole: the only place that knows what a state looks like. */

const TRACK = 4.8; // m across the canvas
const POLE = 1; // m

/** @param {CanvasRenderingContext2D} context @param {ArrayLike<number>} state x, ẋ, θ, θ̇ */
export function drawCartPole(context, [x, , theta]) {
  const { width, height } = context.canvas;
  const scale = width / TRACK;
  const [cartX, cartY] = [width / 2 + x * scale, height * 0.75];
  context.clearRect(0, 0, width, height);
  context.strokeStyle = context.fillStyle = getComputedStyle(context.canvas).color;
  context.lineWidth = 2;
  line(context, 0, cartY, width, cartY);
  context.fillRect(cartX - 30, cartY - 16, 60, 32);
  context.lineWidth = 10;
  context.lineCap = "round";
  context.strokeStyle = "#c77d0a";
  line(context, cartX, cartY - 16, cartX + POLE * scale * Math.sin(theta), cartY - 16 - POLE * scale * Math.cos(theta));
}

function line(context, fromX, fromY, toX, toY) {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
