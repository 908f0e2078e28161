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
  let turn: number | undefined

  const take = (): number => {
    const at = now()
    tokens = Math.min(atOnce, tokens + ((at - filled) * perSecond) / 1000)
    filled = at
    if (tokens < 1) return Math.ceil(((1 - tokens) * 1000) / perSecond)
    tokens -= 1
    return 0
  }
  return {
    /** Takes one: 0 when it may go now, else the milliseconds after which one may. */
    take,
    /** The same for one who tries again: whoever floods the node cannot take what it waits for. */
    takeInTurn: (): number => {
      if (turn === undefined) {
        const waitMs = take()
        if (waitMs === 0) return 0
        tokens -= 1
        turn = filled + waitMs
      }
      const left = Math.ceil(turn - now())
      if (left > 0) return left
      turn = undefined
      return 0
    },
  }
}

export type Rate = ReturnType<typeof createRate>
