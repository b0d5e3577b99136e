import type { Host } from '../../core/host.ts';

const SCRIPT = `device=$(ip -4 route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
cat "/sys/class/net/$device/mtu"`;

/** Bytes; of the interface towards the default route, null where there is none. */
export async function deviceMtu(host: Host): Promise<number | null> {
  const mtu = Number((await host.exec(['sh', '-c', SCRIPT])).stdout.trim());
  return Number.isInteger(mtu) && mtu > 0 ? mtu : null;
}
