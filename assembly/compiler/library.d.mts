/** What library.mjs exports. */

/** The library of lanes code and the driver of environments, by path. */
export const sources: Readonly<Record<string, string>>;
/** asc's options. */
export const options: Readonly<Record<string, string | number | boolean | readonly string[]>>;
/** The source of an environment to begin with, called MyEnv. */
export const template: string;
