/** The page that trains: any algorithm on any environment that it can serve. */
import { Bench } from "./bench.js";
import { element } from "./element.js";
import { Form } from "./form.js";
import { type EnvironmentSpec, environments } from "./lanewise.js";
import { viewOf } from "./views/index.js";

function specOf(id: string): EnvironmentSpec {
  const spec = Object.values(environments).find((one) => one.id === id);
  if (!spec) throw new Error(`this page has no environment ${id}`);
  return spec;
}

const form = new Form(
  {
    environment: element("environment", HTMLSelectElement),
    algorithm: element("algorithm", HTMLSelectElement),
    paper: element("paper", HTMLElement),
    main: element("main-options", HTMLElement),
    more: element("more-options", HTMLElement),
  },
  async (id) => {
    await bench.reset();
    await bench.show(specOf(id), viewOf(id));
  },
);

const bench = new Bench({
  task: async () => {
    const { options, threshold, environment } = form;
    return { options, threshold, spec: specOf(environment), view: viewOf(environment) };
  },
  specOf({ header: { environment } }) {
    const spec = specOf(environment);
    form.choose(environment);
    return { spec, view: viewOf(environment) };
  },
});

element("hyper-parameters", HTMLDetailsElement).open = matchMedia("(min-width: 46rem)").matches;
element("form", HTMLFormElement).addEventListener("submit", (event) => event.preventDefault());
await bench.show(specOf(form.environment), viewOf(form.environment));
