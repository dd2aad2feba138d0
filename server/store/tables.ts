// The tables, as Kysely sees them. Only the common subset of SQLite and PostgreSQL: text (ids, words, JSON documents that
// are never queried into), integers (booleans as 0/1, versions) and epoch milliseconds. What is queried is a column.

export interface Tables {
  settings: SettingsTable;
  access_keys: AccessKeysTable;
  enrollment_tokens: EnrollmentTokensTable;
  applications: ApplicationsTable;
  deployment_groups: DeploymentGroupsTable;
  deployment_configs: DeploymentConfigsTable;
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
}

export interface DeploymentConfigsTable {
  config_id: string;
  name: string;
  created_at: number;
  /** { minimumHealthyHosts, zonalConfig? } as JSON. */
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
  /** When to look again at the latest; null when only news can change anything. */
  wake_at: number | null;
  /** Grows with every committed plan; guards against two planners. */
  version: number;
  /** DeploymentDocument as JSON. */
  document: string;
}

export interface TargetsTable {
  deployment_id: string;
  target_id: string;
  instance_id: string;
  arn: string;
  status: string;
  standing: string;
  lot: number;
  generation: number;
  /** StoredEvent[] as JSON, in order. */
  events: string;
  last_updated_at: number;
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
