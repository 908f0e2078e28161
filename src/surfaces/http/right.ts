/** What a listener lets its callers do; each includes the ones before it. */
export const RIGHTS = ['read', 'events', 'control'] as const
export type Right = (typeof RIGHTS)[number]

export const allows = (given: Right, needed: Right): boolean =>
  RIGHTS.indexOf(given) >= RIGHTS.indexOf(needed)
