/** One statement about givre itself, measured just now. */
export interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly measured: string;
  readonly ok: boolean;
}

export function claim(id: string, text: string, measured: string, ok: boolean): Claim {
  return { id, claim: text, measured, ok };
}

/** Nanoseconds as milliseconds with one digit. */
export function ms(durationNs: number): string {
  return `${(durationNs / 1e6).toFixed(1)} ms`;
}
