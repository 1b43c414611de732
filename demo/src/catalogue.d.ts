/** What vite.config.mjs makes of the package's registries. */
declare module "virtual:catalogue" {
  export interface Option {
    readonly name: string;
    readonly doc: string;
    /** In words: "a number above 0". */
    readonly range: string;
    /** The default. */
    readonly value: unknown;
  }

  export interface Catalogue {
    readonly environments: readonly {
      readonly id: string;
      readonly rewardThreshold?: number;
      /** Ids, those with a preset first. */
      readonly algorithms: readonly string[];
    }[];
    readonly algorithms: Readonly<
      Record<
        string,
        {
          readonly title: string;
          readonly paper: string;
          readonly options: readonly Option[];
          /** Values by environment. */
          readonly presets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
        }
      >
    >;
  }

  const catalogue: Catalogue;
  export default catalogue;
}

declare module "*?raw" {
  const text: string;
  export default text;
}
