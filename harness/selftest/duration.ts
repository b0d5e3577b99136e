import type { LoadWords } from '../planning/options.ts';
import { type Claim, claim } from './claims.ts';
import { runOnce, type SelfContext, scaled } from './runs.ts';

/** Between what was said before a run and what it took, either way. */
const WITHIN = 0.25;

const LOAD: LoadWords = {
  profile: 'quick',
  ...{ rates: undefined, duration: undefined, payloads: undefined, paths: undefined },
  ...{ slo: undefined, blocks: undefined, k6: undefined },
};

/** Does a run take as long as it said? A short one before them builds what is not there yet, and is not held to it. */
export async function durationClaims(context: SelfContext): Promise<readonly Claim[]> {
  const common = { platform: 'control', functions: 'rust-hello,go-hello' };
  await runOnce(context, { ...common, samples: 1 });
  await runOnce(context, { ...common, scenario: 'burst', load: LOAD });
  const runs = {
    'cold starts': { ...common, levels: ['L1', 'L2'], samples: scaled(context, 20) },
    load: { ...common, scenario: 'latency,burst,async,memory', load: LOAD },
  };
  const claims: Claim[] = [];
  for (const [what, choice] of Object.entries(runs)) {
    const begun = performance.now();
    const { manifest } = await runOnce(context, choice);
    const tookMs = performance.now() - begun;
    const said = manifest.forecast?.typicalMs ?? Number.NaN;
    claims.push(
      claim(
        `duration: ${what}`,
        `a run takes what it said before it, within ${100 * WITHIN} %`,
        `${(tookMs / 1e3).toFixed(0)} s, said were ${(said / 1e3).toFixed(0)} s`,
        Math.abs(tookMs / said - 1) <= WITHIN,
      ),
    );
  }
  return claims;
}
