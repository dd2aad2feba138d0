// The tables, as Kysely sees them. Only the common subset of SQLite and PostgreSQL: text (ids, words, JSON documents that
// are never queried into), integers (booleans as 0/1, versions) and epoch milliseconds. What is queried is a column.

export interface Tables {
  settings: SettingsTable;
  signed_writes: SignedWritesTable;
  access_keys: AccessKeysTable;
  enrollment_tokens: EnrollmentTokensTable;
  applications: ApplicationsTable;
  deployment_groups: DeploymentGroupsTable;
  deployment_configs: DeploymentConfigsTable;
  freezes: FreezesTable;
  group_secrets: GroupSecretsTable;
  revisions: RevisionsTable;
  uploads: UploadsTable;
  instances: InstancesTable;
  group_instances: GroupInstancesTable;
  deployments: DeploymentsTable;
  targets: TargetsTable;
  commands: CommandsTable;
  output_attempts: OutputAttemptsTable;
  output_streams: OutputStreamsTable;
  output_pieces: OutputPiecesTable;
  audit_records: AuditRecordsTable;
  audit_subjects: AuditSubjectsTable;
  leases: LeasesTable;
  effects: EffectsTable;
  alarms: AlarmsTable;
  watched_alarms: WatchedAlarmsTable;
  traffic_routers: TrafficRoutersTable;
  router_findings: RouterFindingsTable;
  fleet_providers: FleetProvidersTable;
  fleet_requests: FleetRequestsTable;
  fleet_hosts: FleetHostsTable;
  promotion_paths: PromotionPathsTable;
  promotions: PromotionsTable;
  promotion_deployments: PromotionDeploymentsTable;
  traffic_routes: TrafficRoutesTable;
}

/** A signed request that wrote something, or was refused. */
export interface SignedWritesTable {
  /** Access key id and signature. */
  signature: string;
  /** '' where the client sent none. */
  invocation_id: string;
  seen_at: number;
}

export interface SettingsTable {
  name: string;
  value: string;
}

export interface AccessKeysTable {
  access_key_id: string;
  /** AES-256-GCM under the key file beside the database: SigV4 needs the secret itself to verify. */
  secret_encrypted: string;
  created_at: number;
  revoked_at: number | null;
  /** 'viewer' | 'deployer' | 'admin' */
  role: string;
  /** Names of applications, string[] as JSON; null: all, and the controller itself. */
  applications: string | null;
  description: string;
  /** The access key that made it; null for the administrator key of the first start. */
  created_by: string | null;
  expires_at: number | null;
  /** To the minute. */
  last_used_at: number | null;
}

export interface EnrollmentTokensTable {
  token_id: string;
  /** SHA-256 of the secret part, hex. */
  secret_sha256: string;
  description: string;
  max_uses: number;
  uses: number;
  created_at: number;
  expires_at: number;
  revoked_at: number | null;
  /** Names it is good for; `*` stands for any characters, `?` for one. Null: any. */
  name_pattern: string | null;
  /** JSON of Tags, set on every host that enrols with it. */
  tags: string;
}

export interface ApplicationsTable {
  application_id: string;
  name: string;
  created_at: number;
  /** Resource tags, Tag[] as JSON: not part of GetApplication. */
  tags: string;
}

export interface DeploymentGroupsTable {
  group_id: string;
  application_id: string;
  name: string;
  created_at: number;
  /** DeploymentGroupDocument as JSON. */
  document: string;
  last_attempted_deployment_id: string | null;
  last_successful_deployment_id: string | null;
  /** RevisionLocation JSON of the last successful deployment: the group's target revision. */
  target_revision: string | null;
  /** The deployment under way: of those that wait, only one can write itself here. */
  running_deployment_id: string | null;
  /** Ids of instances, string[] as JSON: since a deployment from one fleet to another, whatever the tags say; null: those selected by tag. */
  members?: string | null | undefined;
}

export interface DeploymentConfigsTable {
  config_id: string;
  name: string;
  created_at: number;
  /** { minimumHealthyHosts, zonalConfig? } as JSON. */
  document: string;
}

export interface GroupSecretsTable {
  group_id: string;
  name: string;
  /** Sealed under the key file, bound to group and name. */
  value_encrypted: string;
  updated_at: number;
  updated_by: string;
}

export interface FreezesTable {
  name: string;
  created_at: number;
  created_by: string;
  /** What it covers; null: all. */
  application_id: string | null;
  group_id: string | null;
  /** FreezeTimes as JSON. */
  document: string;
}

export interface RevisionsTable {
  revision_id: string;
  application_id: string;
  /** Canonical text of the whole location: its identity (see store/revisions.ts). */
  location_key: string;
  /** RevisionLocation as JSON. */
  location: string;
  s3_bucket: string | null;
  s3_key: string | null;
  description: string;
  /** BundleSignature as JSON, given with the registration; its owner's word for the bundle. */
  signature?: string | null | undefined;
  registered_at: number;
  first_used_at: number | null;
  last_used_at: number | null;
}

/** What lies in the controller's own bucket. A key written again gets a new version; the newest counts. */
export interface UploadsTable {
  bucket: string;
  key: string;
  version: string;
  sha256: string;
  size: number;
  bundle_type: string;
  created_at: number;
  /** BundleSignature as JSON, when its owner signed it. */
  signature?: string | null | undefined;
  /** The ETag an S3 client was given, without quotes; absent for other uploads, which are known by their digest. */
  etag?: string | null | undefined;
}

export interface InstancesTable {
  /** Never reused: a name registered again is another instance. */
  instance_id: string;
  name: string;
  /** 'ec2' | 'onPremises' */
  kind: string;
  arn: string;
  iam_user_arn: string | null;
  iam_session_arn: string | null;
  registered_at: number;
  deregistered_at: number | null;
  /** Raw Ed25519 public key, base64; null until an agent enrols. */
  public_key: string | null;
  enrolled_at: number | null;
  /** Tag[] JSON that the agent brought in its last hello. */
  agent_tags: string;
  /** Tag[] JSON set through the API; these win by key. */
  api_tags: string;
  agent_version: string | null;
  boot_id: string | null;
  /** The zone that the agent said it is in, in its last hello. */
  zone?: string | null | undefined;
  /** From where its agent was last connected, as this controller sees it. */
  address?: string | null | undefined;
  last_seen_at: number | null;
  /** Highest report number stored. */
  last_report: number;
  /** Highest command number given out. */
  last_command: number;
}

/** How an instance stands within a group, from the last deployment that touched it. */
export interface GroupInstancesTable {
  group_id: string;
  instance_id: string;
  /** 1 when the last deployment to it succeeded. */
  is_healthy: number;
  /** Location key of the revision it runs, or null when nobody can tell. */
  location_key: string | null;
  deployment_id: string;
}

export interface DeploymentsTable {
  deployment_id: string;
  application_id: string;
  group_id: string;
  application_name: string;
  group_name: string;
  status: string;
  creator: string;
  created_at: number;
  started_at: number | null;
  completed_at: number | null;
  minimum_healthy_hosts: number;
  stop_requested_at: number | null;
  /** 1, 0, or null when StopDeployment said nothing of rolling back. */
  stop_rollback: number | null;
  /** When the newest plan wanted to look again; null when only news could change anything. For people: who plans looks for itself. */
  wake_at: number | null;
  /** Grows with every committed plan; guards against two planners. */
  version: number;
  /** DeploymentDocument as JSON. */
  document: string;
  /** Of a follow-on: the deployment whose revision late instances are brought to. */
  root_deployment_id?: string | null | undefined;
  /** Which of its group's it is, from 1: clocks may be stepped between two. 0 for those made before it was counted. */
  number?: number | undefined;
}

export interface TargetsTable {
  deployment_id: string;
  target_id: string;
  instance_id: string;
  arn: string;
  status: string;
  standing: string;
  lot: number;
  /** Place in the order that the group names; lower goes first. */
  rank: number;
  /** Index of its zone or step in the deployment's document. */
  stage: number;
  /** 'Blue' | 'Green'; null where there is one fleet only. */
  label?: string | null | undefined;
  generation: number;
  /** StoredEvent[] as JSON, in order. */
  events: string;
  last_updated_at: number;
  /** Its deployment's when it was last written. */
  version: number;
}

export interface CommandsTable {
  instance_id: string;
  /** Numbered per instance from 1, without gaps. */
  number: number;
  /** For RunEvent: one execution on one host; empty for the other kinds. */
  attempt_id: string;
  deployment_id: string;
  target_id: string;
  event: string;
  generation: number;
  /** Command JSON without what is added when it is sent (the bundle's signed URL). */
  command: string;
  created_at: number;
  accepted_at: number | null;
  ended_at: number | null;
}

/** An attempt whose hooks have printed something. */
export interface OutputAttemptsTable {
  attempt_id: string;
  deployment_id: string;
  target_id: string;
  event: string;
  /** 1 when nothing more will come. */
  is_complete: number;
}

/** How far one stream of one script has come, whether it was kept or not. */
export interface OutputStreamsTable {
  attempt_id: string;
  script_index: number;
  /** Which time the script was started again: its streams begin anew. */
  restart: number;
  /** 'stdout' | 'stderr' */
  stream: string;
  /** In bytes as the script wrote them. */
  ends_at: number;
}

export interface OutputPiecesTable {
  deployment_id: string;
  /** Order of arrival within the deployment, from 1; what was dropped leaves holes. */
  sequence: number;
  attempt_id: string;
  target_id: string;
  event: string;
  script_index: number;
  restart: number;
  stream: string;
  /** The bytes of the stream that it stands for. */
  starts_at: number;
  ends_at: number;
  /** When the agent saw it, by the agent's clock. */
  seen_at: number;
  /** Lines, separated by line feeds. */
  text: string;
  /** What it counts for in its script's share. */
  cost: number;
  /** 1 for the script's beginning, which is never dropped. */
  is_head: number;
}

/** Where several controllers could reach one database: see lease.ts. Not there in a database of a single folder. */
export interface LeasesTable {
  name: string;
  /** Says to a person which controller it is. */
  holder: string;
  /** Grows with each new holder. */
  epoch: number;
  /** By the database's clock. */
  expires_at: number;
}

/** An act on the outside that a plan, or an operation, asked for. */
export interface EffectsTable {
  /** The far end may take it for an idempotency key: it is the same over all attempts. */
  effect_id: string;
  /** Which executor carries it out: server/deployer/executors.ts. */
  kind: string;
  /** Whose it is: a group's, or a promotion path's. */
  group_id: string;
  /** What it is about: a deployment, or a promotion (p-…); null for what belongs to the owner as such. */
  deployment_id: string | null;
  far_end: string;
  /** Effects of one lane are carried out one after another. */
  lane: string;
  /** Order within the lane, from 1. */
  sequence: number;
  /** JSON; the executor of this kind knows its form. */
  payload: string;
  created_at: number;
  attempts: number;
  /** Null when it is over, and while an earlier one of its lane is not. */
  next_attempt_at: number | null;
  done_at: number | null;
  abandoned_at: number | null;
  /** Of the last attempt, when that failed. */
  last_error: string | null;
}

/** Rows are added, never changed and never removed. See protocol/model/audit-record.ts. */
export interface AuditRecordsTable {
  /** From 1, without gaps. */
  sequence: number;
  at: number;
  /** 'accessKey' | 'agent' | 'controller' */
  actor: string;
  access_key_id: string | null;
  /** Of the access key, as it was then. */
  description: string | null;
  remote: string | null;
  request_id: string | null;
  operation: string;
  /** string[] as JSON. */
  subjects: string;
  /** JSON without secrets; null when it is too long. */
  input: string | null;
  input_sha256: string;
  outcome: string;
  reason: string | null;
  previous_hash: string;
  hash: string;
}

/** Records by what they concern: for finding, not for proof. */
export interface AuditSubjectsTable {
  subject: string;
  sequence: number;
}

/** What an alarm's name means. */
export interface AlarmsTable {
  name: string;
  /** AlarmDefinition as JSON. */
  document: string;
  /** Names of the header fields sent to the source, string[] as JSON. */
  header_names: string;
  /** AlarmHeader[] as JSON, encrypted; null when there are none. */
  headers_encrypted: string | null;
  created_at: number;
  updated_at: number;
}

/** An alarm that a deployment heeds, and how it stands. */
export interface WatchedAlarmsTable {
  deployment_id: string;
  name: string;
  /** Order in which the deployment names them, from 0. */
  position: number;
  /** 1: it is only reported. */
  is_dry_run: number;
  /** AlarmState; null before it was observed for this deployment. */
  state: string | null;
  detail: string;
  observed_at: number | null;
  /** From then on what was observed counts as ERROR. */
  good_until: number | null;
  /** When it was first seen active after the deployment's start; it stays so. */
  active_at: number | null;
}

/** What a load balancer's name means. */
export interface TrafficRoutersTable {
  name: string;
  /** TrafficRouterDefinition as JSON. */
  document: string;
  /** RouterCredentials as JSON, encrypted; null when there are none. */
  credentials_encrypted: string | null;
  created_at: number;
  updated_at: number;
}

/** What was found wrong with a load balancer's settings when it was last asked; it need not be defined here. */
export interface RouterFindingsTable {
  name: string;
  /** Finding[] as JSON. */
  document: string;
  observed_at: number;
}

/** Who makes instances under that name, and takes them away. */
export interface FleetProvidersTable {
  name: string;
  /** FleetProviderDefinition as JSON. */
  document: string;
  /** What requests are signed with, encrypted; null: the controller's own. */
  secret_encrypted: string | null;
  created_at: number;
  updated_at: number;
}

/** What a fleet provider was asked; its id is that of the effect, and the provider's key for asking twice being asking once. */
export interface FleetRequestsTable {
  request_id: string;
  /** 'Provision' | 'Release' */
  kind: string;
  provider: string;
  group_id: string;
  deployment_id: string;
  /** 'Asked' | 'Accepted' | 'Refused' | 'Unanswered' */
  state: string;
  /** What the provider last said of it, in a sentence for the operator; '' before it said anything. */
  detail: string;
  asked_at: number;
  ended_at: number | null;
}

/** An instance that was made for a deployment, or is to be taken away after one. */
export interface FleetHostsTable {
  /** For which it was made; of one that was there before, by which it is let go. */
  deployment_id: string;
  /** As its provider calls it, and it is enrolled under. */
  name: string;
  /** Null: no instance of that name has come. */
  instance_id: string | null;
  provider: string;
  group_id: string;
  /** 'Made' | 'Member' | 'Leaving' | 'Asked' | 'Released' | 'Unanswered' */
  state: string;
  /** The deployment that lets it go; null: none does. */
  released_by: string | null;
  /** The request by which it is let go. */
  request_id: string | null;
}

export interface PromotionPathsTable {
  path_id: string;
  application_id: string;
  name: string;
  created_at: number;
  /** PromotionPathDocument as JSON. */
  document: string;
  /** The promotion under way: of those that wait, only one can write itself here. */
  running_promotion_id: string | null;
}

export interface PromotionsTable {
  promotion_id: string;
  application_id: string;
  path_id: string;
  status: string;
  created_at: number;
  started_at: number | null;
  completed_at: number | null;
  /** Grows with every change; guards against two planners. */
  version: number;
  /** PromotionDocument as JSON. */
  document: string;
}

/** The one deployment that a promotion makes to a group. */
export interface PromotionDeploymentsTable {
  promotion_id: string;
  group_id: string;
  deployment_id: string;
  /** The group's last success before it: what a rollback would deploy again. */
  previous_deployment_id: string | null;
  rollback_deployment_id: string | null;
}

/** The way to one instance of a group through one router: what is wanted of it, and how it was last seen. */
export interface TrafficRoutesTable {
  group_id: string;
  instance_id: string;
  router: string;
  /** In which list of loadBalancerInfo the router's name stands. */
  list: string;
  /** The name of the instance, as a target of the deployment. */
  target_id: string;
  /** The deployment of the group that goes by it, or was the last to. */
  deployment_id: string;
  /** 'Blocked' | 'Allowed'; null: nothing was ever asked for. */
  wanted: string | null;
  /** 1: what is under way is cut off. */
  is_forced: number;
  /** 1: a deployment left its application broken, and it blocked because of that. */
  is_kept_out: number;
  asked_at: number | null;
  /** When the router had taken what is wanted; null: not yet, or not any more. */
  taken_at: number | null;
  /** MemberState, as last seen. */
  state: string | null;
  in_flight: number | null;
  /** Since when without a break it is in that state. */
  since: number | null;
  observed_at: number | null;
  /** For the operator: which node, which check. */
  detail: string;
  /** Why the router could not be asked or seen the last time. */
  trouble: string | null;
  /** 1: asking again will not help. */
  is_trouble_final: number;
  /** 1: nobody needs to look at it: nothing is blocked there, and no deployment that is not over goes by it. */
  is_settled: number;
  /** Whose shares the router can set, as it was last opened: 'member' | 'group'; null: nobody's, or not yet looked at. */
  weighs: string | null;
  /** 0 to 100; null: nothing is wanted of it. */
  weight_wanted: number | null;
  weight_asked_at: number | null;
  weight_taken_at: number | null;
  /** As last seen; null: never, or its nodes do not agree. */
  weight: number | null;
}
