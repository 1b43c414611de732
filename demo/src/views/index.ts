/** The drawing of each environment. */
import { LAKE_4X4, LAKE_8X8 } from "../../../dist/envs/tabular/frozen-lake.js";
import { environments } from "../lanewise.js";
import { acrobot } from "./acrobot.js";
import { bars } from "./bars.js";
import { cartPole } from "./cartpole.js";
import { gridView } from "./grid.js";
import { mountainCar } from "./mountain-car.js";
import { pendulum } from "./pendulum.js";
import { puck } from "./puck.js";
import { taxi } from "./taxi.js";
import type { View } from "./view.js";

export { bars } from "./bars.js";
export { type Palette, type Place, paletteOf, type View } from "./view.js";

const CLIFF = ["FFFFFFFFFFFF", "FFFFFFFFFFFF", "FFFFFFFFFFFF", "SHHHHHHHHHHG"];

/** By what an id begins with. */
const VIEWS: Readonly<Record<string, View>> = {
  CartPole: cartPole,
  MountainCar: mountainCar,
  Pendulum: pendulum,
  Acrobot: acrobot,
  "FrozenLake-": gridView(LAKE_4X4),
  FrozenLake8x8: gridView(LAKE_8X8),
  CliffWalking: gridView(CLIFF),
  Taxi: taxi,
  MyEnv: puck,
};

/** The drawing of an environment; bars for one that has none. */
export function viewOf(id: string): View {
  const spec = Object.hasOwn(environments, id) ? Reflect.get(environments, id) : undefined;
  if (spec && "map" in spec) return gridView(spec.map as readonly string[]);
  return Object.entries(VIEWS).find(([prefix]) => id.startsWith(prefix))?.[1] ?? bars;
}
