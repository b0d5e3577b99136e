import type { OpenstackOptions } from './options.ts';

/**
 * The word that keeps machines from booting from an image with the platform on it; undefined where they do. Of a server
 * that boots from a volume Nova takes no image: it makes a snapshot in Cinder, which nothing marks and which keeps the
 * volume from being deleted, and an image of size 0 that only names it.
 */
export function withoutImage({
  golden,
  bootVolumeGb,
}: Pick<OpenstackOptions, 'golden' | 'bootVolumeGb'>): '--no-golden' | '--boot-volume' | undefined {
  if (!golden) return '--no-golden';
  return bootVolumeGb === undefined ? undefined : '--boot-volume';
}
