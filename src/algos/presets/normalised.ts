/** The Zoo's `normalize: true`. */
export const NORMALISED = { normalizeObservation: true, normalizeReward: true } as const;
