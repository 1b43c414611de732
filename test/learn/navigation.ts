/** A point in a square of ±1 that is to get from its middle to a goal, by vectors or by headings. */
import { box, type CustomSpec, defineEnvironment, discrete } from "../../src/index.js";

export type Goal = readonly [x: number, y: number];

const STRIDE = 0.1;
const TIME_LIMIT = 100;

/** A point that stays within the square. */
class Point {
  x = 0;
  y = 0;

  move(dx: number, dy: number): void {
    this.x = Math.min(1, Math.max(-1, this.x + dx));
    this.y = Math.min(1, Math.max(-1, this.y + dy));
  }

  distance([x, y]: Goal): number {
    return Math.sqrt((this.x - x) ** 2 + (this.y - y) ** 2);
  }

  get observation(): [number, number] {
    return [this.x, this.y];
  }
}

const observationSpace = box([-1, -1], [1, 1]);

/** Wang et al.'s 2-D navigation, which is Finn et al.'s (2017): velocities of up to ±0.1, and every step costs the distance to the goal. */
export function navigation(id: string, goal: Goal): CustomSpec {
  return defineEnvironment({
    id,
    timeLimit: TIME_LIMIT,
    create() {
      let point = new Point();
      return {
        observationSpace,
        actionSpace: box([-STRIDE, -STRIDE], [STRIDE, STRIDE]),
        reset() {
          point = new Point();
          return point.observation;
        },
        step(action) {
          point.move(action[0] as number, action[1] as number);
          const distance = point.distance(goal);
          return { observation: point.observation, reward: -distance, terminated: distance < 0.02 };
        },
      };
    },
  });
}

/** The same by eight headings, where nothing but the goal itself tells of the goal: 1 there, −0.01 in every other step. */
export function headings(id: string, goal: Goal): CustomSpec {
  return defineEnvironment({
    id,
    timeLimit: TIME_LIMIT,
    create() {
      let point = new Point();
      return {
        observationSpace,
        actionSpace: discrete(8),
        reset() {
          point = new Point();
          return point.observation;
        },
        step(action) {
          const angle = (action * Math.PI) / 4;
          point.move(STRIDE * Math.cos(angle), STRIDE * Math.sin(angle));
          const terminated = point.distance(goal) < 0.2;
          return { observation: point.observation, reward: terminated ? 1 : -0.01, terminated };
        },
      };
    },
  });
}
