import type { Cloud } from '../../openstack/cloud.ts';
import type { HoldingsOptions } from '../../openstack/creation.ts';
import type { MachinePlan } from '../../targets/openstack/plan.ts';
import type { OpenstackTarget } from '../../targets/openstack/target.ts';
import type { Leases } from '../leases.ts';

/** What everything on the openstack site works with. */
export interface OpenstackParts {
  readonly cloud: Cloud;
  readonly plan: MachinePlan;
  readonly target: OpenstackTarget;
  readonly leases: Leases;
  readonly holdingsOptions: HoldingsOptions;
}
