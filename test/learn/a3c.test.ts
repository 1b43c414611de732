/** A3C with its presets; its workers take turns, which comes to the same as threads. */
import { reach } from "./reach.js";

reach([{ algo: "a3c", env: "CartPole-v1", threshold: 450, options: { threaded: false } }]);
