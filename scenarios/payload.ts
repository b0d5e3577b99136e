import type { LoadScenario } from '../harness/api/index.ts';
import { grid, gridSize, gridTakes } from './latency.ts';

/** Bodies of growing size there and back: what a byte costs. */
export const scenario: LoadScenario = {
  name: 'payload',
  summary: 'latency by the size of the body, sent and echoed',
  measures: 'load',
  functions: 'rust-echo,go-echo,node-echo',
  defaults: { rates: [10], payloads: [0, 1024, 16 * 1024, 256 * 1024, 1024 * 1024] },
  takes: gridTakes,
  measurements: gridSize,
  run: (stage) => grid(stage, 'payload'),
};
