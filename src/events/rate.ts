/** What gossip carries to all members without loss: more is dropped by Serf in silence. */
export const EVENTS_PER_SECOND = 10
export const EVENTS_AT_ONCE = 50

export type RateOptions = {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  perSecond?: number
  atOnce?: number
}

/** A token bucket: full at first, filled again evenly. */
export const createRate = ({
  now,
  perSecond = EVENTS_PER_SECOND,
  atOnce = EVENTS_AT_ONCE,
}: RateOptions) => {
  let tokens = atOnce
  let filled = now()
  return {
    /** Takes one: 0 when it may go now, else the milliseconds after which one may. */
    take: (): number => {
      const at = now()
      tokens = Math.min(atOnce, tokens + ((at - filled) * perSecond) / 1000)
      filled = at
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1000) / perSecond)
      tokens -= 1
      return 0
    },
  }
}

export type Rate = ReturnType<typeof createRate>
