import type { Manifest } from '../harness/runs/schema.ts';
import { DRIFT_LIMIT } from '../harness/statistics/steadiness.ts';

interface Paragraph {
  readonly heading: string;
  readonly text: string;
}

/** How each number of the report is made, as paragraphs; only of what was measured. */
export function methodWords(manifest: Manifest): Paragraph[] {
  const scenarios = manifest.scenario.split(',');
  const load = scenarios.some((name) => name !== 'coldstart' && name !== 'burst');
  const growth = scenarios.some((name) => name === 'soak' || name === 'density');
  return [
    ...(manifest.levels.length > 0 ? coldStartWords(manifest) : []),
    ...(load ? loadParagraphs : []),
    ...(growth ? [growthWords] : []),
    orderWords(manifest),
  ];
}

const growthWords: Paragraph = {
  heading: 'Growth of memory',
  text:
    'Readings of memory add up: each contains the chances of all before it, so that a line through them looks surer than ' +
    'it is. The slope comes from generalised least squares under fourteen kinds of error, independent, autoregressive and ' +
    'adding up, weighted by their restricted likelihood; the interval is that of the mixture. A forecast of how many ' +
    'functions fit holds as far as later functions cost what the first ones do.',
};

function coldStartWords(manifest: Manifest): Paragraph[] {
  return [
    {
      heading: 'What is timed',
      text:
        'From the trigger to the first byte of the first correct answer, on one clock of the machine under test. ' +
        `Where the first answer is wrong, the request is repeated every ${manifest.pollSpacingMs} ms and the first ` +
        'answer is kept as a result of its own: a fast error flatters nobody.',
    },
    ...coldStartParagraphs,
  ];
}

const coldStartParagraphs: readonly Paragraph[] = [
  {
    heading: 'What counts',
    text:
      'Nothing is dropped. A sample is ok, failed (by whom is said), not cold (the proof of its level was not seen) or ' +
      'invalid (the measurement itself was disturbed). Quantiles are taken over the ok samples and those that failed ' +
      'through no fault of the harness; a sample without a correct answer counts as later than all others.',
  },
  {
    heading: 'Quantiles and intervals',
    text:
      'Quantiles are order statistics (Hyndman & Fan, definition 2). Samples of one deployment are alike, so 95 % intervals ' +
      'are over deployments from three on: of a median Student’s of the logarithms of their medians, from nine on order ' +
      'statistics of these; of other quantiles by the variance of ranks between them (Woodruff), of shares Wilson’s with as many observations as vary so much ' +
      '(Korn & Graubard). Below three they are the exact binomial ones within those deployments, which know nothing of ' +
      'others, and the table says so. p99 is withheld below n = 368, or where its interval has no upper bound.',
  },
  {
    heading: 'Distance to the floor and ratios',
    text:
      'The floor is a do-nothing static C server started by the same containerd and CNI calls on the same machine, ' +
      'without gateway and provider, measured interleaved in the same run; at L4 a machine of the same flavor from the ' +
      'base image, with nothing of givre on it, from the request until somebody can log in. A ratio is the mean over ' +
      'blocks of the log ratio of the two medians in each, so that what differs between deployments cancels: from three ' +
      'blocks on with the interval and p of Student’s t (no p below 2 · 4⁻ⁿ for n), from twelve on Hodges–Lehmann with ' +
      'those of Wilcoxon’s signed-rank test; below three there is no interval and no verdict, because nobody knows how much deployments differ by themselves. ' +
      'Deployments are paired by repetition of the plan and machine, never by their position in a list; one that is missing ' +
      'leaves its pair out. A platform that did not answer in half of the tries of a deployment is infinitely slow there, ' +
      'which ranks can tell from six deployments on. On OpenStack platforms have machines of their own, each of which counts as ' +
      'one deployment. All verdicts of one table are adjusted together (Benjamini–Hochberg). ' +
      'Shares of right first answers are compared by Student’s t of their differences, with at least the spread of ' +
      'independent answers and no p below 2 · 4⁻ⁿ for n deployments. ' +
      'So a ratio need not be exactly that of the two medians shown.',
  },
  {
    heading: 'Has the machine changed?',
    text:
      'Before and after each block one function is asked while warm, and each such group of requests counts by its ' +
      'median, a wrong or missing answer being infinitely slow. The run is invalid when the second half of the groups ' +
      'differs from the first, the middle half from both ends, or those after blocks from those before, by more than a ' +
      'factor of 2 with one block, 1.75 with two or three and 1.5 from four on; or two in a row by 1.75 or any by 4 from ' +
      'the typical one. With one block a doubling is seen half of the times, with four nearly always.',
  },
  {
    heading: 'Phases and residual',
    text:
      'A phase counts only if both of its edges were observed by themselves. The residual is the total minus the union ' +
      'of all phases. The chart stacks medians over the ok samples, with 0 where a phase was not observed; medians do ' +
      'not add up exactly to the median of the total, which is marked. Much of a machine’s start (L4) happens at the same ' +
      'time: its phases are taken in the order in which they ended, and what ended after the deploy request is none.',
  },
];

const loadParagraphs: readonly Paragraph[] = [
  {
    heading: 'Latency under load',
    text:
      'At a rate, requests are sent by the clock whatever the answers do, and latency counts from when each should have ' +
      'been sent: a platform that stalls does not hide the requests that it kept waiting. In a closed loop each ' +
      'connection waits for its answer, and latency counts from when the request was sent. The same load is ' +
      'sent before, for as long as was said beforehand: this warm-up is told apart, and nothing else is left out. At a ' +
      `rate, where the last third of the seconds lies further from the first than ${DRIFT_LIMIT}, there is no result. A ` +
      'failed request counts as late for ever, however soon it failed.',
  },
  {
    heading: 'Valid or no result',
    text:
      'Each measurement has gates: as many requests received as sent, none dropped, the generator itself not the limit, ' +
      'and others. One that fails a gate is no result: it is counted, its reason is told, and its numbers are in no ' +
      'median; no comparison with it has a verdict, while those between measurements that all passed have. Where a gate ' +
      'of the run as a whole failed, nothing is concluded. Steps of a search for a limit are no results of their own.',
  },
  {
    heading: 'Objectives and what is sustained',
    text:
      'Of each limit the share of requests that miss it is counted: later than it, wrong, never answered or never sent. ' +
      'Kept or broken is said where the exact 95 % interval of that share (Clopper & Pearson; by Korn & Graubard of as ' +
      'many independent requests as five batches in order of time are worth, since late ones come in clusters) lies on ' +
      'one side of what the limit allows, not decided otherwise. A step of a search is held until it is decided, at most ' +
      'four times its length, looked at twice and by 97.5 %; what stays open counts as broken, and is marked. What is sustained counts ' +
      'only if the two steps that it rests on do. Clusters rarer than the measurement is long cannot be seen.',
  },
  {
    heading: 'Blocks and quantiles under load',
    text:
      'Percentiles are never averaged or merged over blocks: each block has its own, shown is their median with its 95 % ' +
      'interval, Student’s of their logarithms, from three blocks on. With two blocks the table has the two, with one ' +
      'nothing: requests of one block depend on each other, and tell nothing of other blocks. p99 is withheld where a ' +
      'block has fewer than 368 requests, p99.9 below 3688. Histograms are exact to 0.05 % or 1 µs.',
  },
  {
    heading: 'Ratios under load',
    text:
      'Per block the quantile is divided by that of the baseline in the same repetition: between platforms the first ' +
      'one, between functions the first with the same workload. The interval, p and ' +
      'adjustment are the same everywhere: Student’s t of the log ratios from three blocks on, ranks from twelve on, ' +
      'below neither interval nor verdict, and all verdicts of load adjusted together (Benjamini–Hochberg). None either ' +
      'where 1 % of the requests or more failed.',
  },
];

function orderWords(manifest: Manifest): Paragraph {
  const cold = manifest.levels.length > 0;
  const what = cold ? 'Functions, levels and platforms' : 'Functions and platforms';
  const cache = ` Before each L1 invocation ${manifest.cacheWaitMs} ms pass so that the gateway’s replica cache has expired.`;
  return {
    heading: 'Order',
    text:
      `${what} are interleaved in random order (seed ${manifest.seed}), in ${manifest.blocks} ` +
      `${manifest.blocks === 1 ? 'block' : 'blocks'} (one machine, one deployment each).${cold ? cache : ''}`,
  };
}
