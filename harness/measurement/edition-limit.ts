import { GatewayError } from '../platforms/gateway-client.ts';

/**
 * How the community editions refuse one function more, with status 400 and the number that they allow in the text:
 * faasd after 0.19.0 (`pkg/provider/handlers/deploy.go`: "the OpenFaaS CE EULA allows 15/16 function(s), …"), and
 * faas-netes ("unable to create function, maximum: 15"; its issues 1165 and 1174 show it with the 30 of then). No CE
 * was run for this: it rests on their published source and on what their users report.
 */
const REFUSALS = [/\bCE EULA allows (\d+)\/\d+ function/, /\bunable to create function, maximum: (\d+)/];

/** How many functions the platform's edition allows, when `error` is its refusal of one more; undefined for all else. */
export function editionLimitOf(error: unknown): number | undefined {
  if (!(error instanceof GatewayError) || error.status !== 400) return undefined;
  for (const refusal of REFUSALS) {
    const allowed = refusal.exec(error.bodyLine)?.[1];
    if (allowed !== undefined) return Number(allowed);
  }
  return undefined;
}
