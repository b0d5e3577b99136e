/** Nanoseconds in the words of gates: 1.2e6 is "1.20 ms". */
export function ms(ns: number): string {
  return `${(ns / 1e6).toFixed(2)} ms`;
}
