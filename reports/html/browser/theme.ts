// Colours for canvases, which style sheets do not reach.

import type { Origin } from '../../../harness/runs/schema.ts';

/** Distinguishable with the common colour-vision deficiencies (after Okabe & Ito, 2008), in a light and a dark reading. */
const FUNCTION_COLOURS = {
  light: ['#b3470b', '#0072b2', '#00856a', '#a24d86', '#8a6d00', '#3b8fc4', '#5b4ba8', '#555b63'],
  dark: ['#ff9a5c', '#5db7f0', '#36cfa5', '#e79cc7', '#f0cf4a', '#9bd2f5', '#b3a6ff', '#b6bdc7'],
};

/** Whose answer the first one was, or that it was right. */
export type AnswerOrigin = Origin | 'correct' | 'unknown';

const UNKNOWN_COLOUR = '#a3a9b2';

const ORIGIN_COLOURS: Readonly<Partial<Record<AnswerOrigin, string>>> = {
  correct: '#3a9a6b',
  function: '#e0a53a',
  watchdog: '#d9773a',
  provider: '#d6336c',
  gateway: '#8f5bd0',
  cloud: '#2f8f9d',
  harness: '#7d8590',
};

function isDark(): boolean {
  return matchMedia('(prefers-color-scheme: dark)').matches && !document.documentElement.hasAttribute('data-print');
}

/** Of the function that stands at `index` among the choices. */
export function functionColour(index: number): string {
  const colours = isDark() ? FUNCTION_COLOURS.dark : FUNCTION_COLOURS.light;
  return colours[index % colours.length] ?? UNKNOWN_COLOUR;
}

/** Beyond the colours, lines differ by their dashes. */
export function functionDash(index: number): number[] {
  return index < FUNCTION_COLOURS.light.length ? [] : [6, 3];
}

export function originColour(name: AnswerOrigin): string {
  return ORIGIN_COLOURS[name] ?? UNKNOWN_COLOUR;
}

/** A colour of the style sheet: `ink`, `muted`, `line`, `paper`. */
export function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
