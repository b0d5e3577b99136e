import { FUNCTION_NAMESPACE } from '../../core/platform.ts';
import type { LoadParts } from '../parts.ts';

/**
 * Prints the gateway's metrics. It serves them on a port of its own, which only the machine reaches; where the gateway
 * is a container, its address stands in the hosts file of the core services.
 */
const SCRIPT = `address=$(cat /var/lib/faasd/hosts /var/lib/givre/hosts 2>/dev/null | awk '$2 == "gateway" { print $1 }' | tail -n 1)
exec 3<>"/dev/tcp/\${address:-127.0.0.1}/8082" || exit 1
printf 'GET /metrics HTTP/1.0\\r\\nHost: gateway\\r\\n\\r\\n' >&3
cat <&3`;

/** Invocations of a function that the gateway has counted since it started; null where it cannot be asked. */
export async function receivedByGateway({ exec }: Pick<LoadParts, 'exec'>, name: string): Promise<number | null> {
  const { exitCode, stdout } = await exec(['bash', '-c', SCRIPT], { timeoutMs: 10_000 });
  return exitCode === 0 ? invocationsIn(stdout, name) : null;
}

/** Sum over all status codes; 0 for a function that was not invoked yet. */
function invocationsIn(metrics: string, name: string): number | null {
  if (!metrics.includes('# TYPE ')) return null;
  const lines = metrics.split('\n').filter((line) => line.startsWith('gateway_function_invocation_total{'));
  const names = [`function_name="${name}"`, `function_name="${name}.${FUNCTION_NAMESPACE}"`];
  const own = lines.filter((line) => names.some((it) => line.includes(it)));
  return own.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
