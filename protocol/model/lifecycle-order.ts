// Which lifecycle events a target goes through, in which order: a table by deployment type and traffic control.
// Source: CodeDeploy user guide, reference-appspec-file-structure-hooks.

export const inPlaceEvents = [
  'ApplicationStop',
  'DownloadBundle',
  'BeforeInstall',
  'Install',
  'AfterInstall',
  'ApplicationStart',
  'ValidateService',
] as const;

/** The same where ApplicationStop is to be the new revision's: its bundle has to be on the host first. */
export const inPlaceEventsWithNewStop = [
  'DownloadBundle',
  'ApplicationStop',
  'BeforeInstall',
  'Install',
  'AfterInstall',
  'ApplicationStart',
  'ValidateService',
] as const;

/** What stands before and after these where a router is told; the last of each three may judge what the router did. */
export const blockEvents = ['BeforeBlockTraffic', 'BlockTraffic', 'AfterBlockTraffic'] as const;
export const allowEvents = ['BeforeAllowTraffic', 'AllowTraffic', 'AfterAllowTraffic'] as const;

/** Of a replacement (green) instance: what an in-place deployment does to a host that serves nobody, then its way into rotation. */
export const greenEvents = [...inPlaceEvents, ...allowEvents] as const;
export const greenEventsWithNewStop = [...inPlaceEventsWithNewStop, ...allowEvents] as const;

/** Events of the controller's own: no agent hears of them. */
export const routerEvents: readonly string[] = ['BlockTraffic', 'AllowTraffic'];

/** Events an AppSpec may have scripts for. */
export const scriptableEvents = [
  'BeforeBlockTraffic',
  'AfterBlockTraffic',
  'ApplicationStop',
  'BeforeInstall',
  'AfterInstall',
  'ApplicationStart',
  'ValidateService',
  'BeforeAllowTraffic',
  'AfterAllowTraffic',
] as const;

/** Events whose failure `ignoreApplicationStopFailures` forgives. */
export const ignorableEvents: readonly string[] = ['ApplicationStop', 'BeforeBlockTraffic', 'AfterBlockTraffic'];

export type LifecycleEventName =
  | (typeof inPlaceEvents)[number]
  | (typeof scriptableEvents)[number]
  | 'BlockTraffic'
  | 'AllowTraffic';
