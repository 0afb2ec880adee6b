/** The two clocks that a play is measured by. */
export interface Clock {
  /** Milliseconds that only ever grow, whatever happens to the time of day. */
  monotonic(): number;
  /** Milliseconds since 1970, as this machine believes. */
  wall(): number;
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
};
