// Colours for canvases, which style sheets do not reach.

import type { Origin, PhaseName } from '../../../harness/runs/schema.ts';

/** Distinguishable with the common colour-vision deficiencies (after Okabe & Ito, 2008), in a light and a dark reading. */
const FUNCTION_COLOURS = {
  light: ['#b3470b', '#0072b2', '#00856a', '#a24d86', '#8a6d00', '#3b8fc4', '#5b4ba8', '#555b63'],
  dark: ['#ff9a5c', '#5db7f0', '#36cfa5', '#e79cc7', '#f0cf4a', '#9bd2f5', '#b3a6ff', '#b6bdc7'],
};

const PHASE_COLOURS: Readonly<Record<PhaseName | 'residual', string>> = {
  accepted: '#5b7fa6',
  active: '#9d755d',
  firmware: '#4c78a8',
  kernel: '#b279a2',
  cloudinit: '#e8c33a',
  ssh: '#72b7b2',
  userspace: '#1f9e9a',
  containerd: '#f58518',
  platform: '#6f86d6',
  harness: '#7d8590',
  function: '#54a24b',
  gateway: '#4c78a8',
  resume: '#72b7b2',
  remains: '#b279a2',
  pull: '#e45756',
  container: '#9d755d',
  newtask: '#f58518',
  cni: '#e8c33a',
  start: '#54a24b',
  listen: '#1f9e9a',
  ready: '#6f86d6',
  forward: '#9ecae9',
  retry: '#d6336c',
  answer: '#8bcf7f',
  residual: '#a3a9b2',
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

export function phaseColour(name: PhaseName | 'residual'): string {
  return PHASE_COLOURS[name];
}

export function originColour(name: AnswerOrigin): string {
  return ORIGIN_COLOURS[name] ?? UNKNOWN_COLOUR;
}

/** A colour of the style sheet: `ink`, `muted`, `line`, `paper`. */
export function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
