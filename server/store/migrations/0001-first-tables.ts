import type { Kysely } from 'kysely';

/** Written once, in the common subset; never edited after a release. */
export async function up(db: Kysely<never>): Promise<void> {
  const { schema } = db;
  await schema
    .createTable('settings')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('access_keys')
    .addColumn('access_key_id', 'text', (c) => c.primaryKey())
    .addColumn('secret_encrypted', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await schema
    .createTable('enrollment_tokens')
    .addColumn('token_id', 'text', (c) => c.primaryKey())
    .addColumn('secret_sha256', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('max_uses', 'integer', (c) => c.notNull())
    .addColumn('uses', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await schema
    .createTable('applications')
    .addColumn('application_id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await schema
    .createTable('deployment_groups')
    .addColumn('group_id', 'text', (c) => c.primaryKey())
    .addColumn('application_id', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .addColumn('last_attempted_deployment_id', 'text')
    .addColumn('last_successful_deployment_id', 'text')
    .addColumn('target_revision', 'text')
    .addUniqueConstraint('deployment_groups_by_name', ['application_id', 'name'])
    .execute();
  await schema
    .createTable('deployment_configs')
    .addColumn('config_id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .execute();
  await schema
    .createTable('revisions')
    .addColumn('revision_id', 'text', (c) => c.primaryKey())
    .addColumn('application_id', 'text', (c) => c.notNull())
    .addColumn('location_key', 'text', (c) => c.notNull())
    .addColumn('location', 'text', (c) => c.notNull())
    .addColumn('s3_bucket', 'text')
    .addColumn('s3_key', 'text')
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('registered_at', 'bigint', (c) => c.notNull())
    .addColumn('first_used_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addUniqueConstraint('revisions_by_location', ['application_id', 'location_key'])
    .execute();
  await schema
    .createTable('uploads')
    .addColumn('bucket', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('bundle_type', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('uploads_primary', ['bucket', 'key', 'version'])
    .execute();
  await schema
    .createTable('instances')
    .addColumn('instance_id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('arn', 'text', (c) => c.notNull())
    .addColumn('iam_user_arn', 'text')
    .addColumn('iam_session_arn', 'text')
    .addColumn('registered_at', 'bigint', (c) => c.notNull())
    .addColumn('deregistered_at', 'bigint')
    .addColumn('public_key', 'text')
    .addColumn('enrolled_at', 'bigint')
    .addColumn('agent_tags', 'text', (c) => c.notNull())
    .addColumn('api_tags', 'text', (c) => c.notNull())
    .addColumn('agent_version', 'text')
    .addColumn('boot_id', 'text')
    .addColumn('last_seen_at', 'bigint')
    .addColumn('last_report', 'bigint', (c) => c.notNull())
    .addColumn('last_command', 'bigint', (c) => c.notNull())
    .execute();
  await schema.createIndex('instances_by_name').on('instances').column('name').execute();
  await schema
    .createTable('group_instances')
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('instance_id', 'text', (c) => c.notNull())
    .addColumn('is_healthy', 'integer', (c) => c.notNull())
    .addColumn('location_key', 'text')
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('group_instances_primary', ['group_id', 'instance_id'])
    .execute();
  await schema
    .createTable('deployments')
    .addColumn('deployment_id', 'text', (c) => c.primaryKey())
    .addColumn('application_id', 'text', (c) => c.notNull())
    .addColumn('group_id', 'text', (c) => c.notNull())
    .addColumn('application_name', 'text', (c) => c.notNull())
    .addColumn('group_name', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('creator', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('completed_at', 'bigint')
    .addColumn('minimum_healthy_hosts', 'integer', (c) => c.notNull())
    .addColumn('stop_requested_at', 'bigint')
    .addColumn('stop_rollback', 'integer')
    .addColumn('wake_at', 'bigint')
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addColumn('document', 'text', (c) => c.notNull())
    .execute();
  await schema.createIndex('deployments_by_group').on('deployments').columns(['group_id', 'created_at']).execute();
  await schema.createIndex('deployments_by_status').on('deployments').column('status').execute();
  await schema
    .createTable('targets')
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('instance_id', 'text', (c) => c.notNull())
    .addColumn('arn', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('standing', 'text', (c) => c.notNull())
    .addColumn('lot', 'bigint', (c) => c.notNull())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('events', 'text', (c) => c.notNull())
    .addColumn('last_updated_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('targets_primary', ['deployment_id', 'target_id'])
    .execute();
  await schema
    .createTable('commands')
    .addColumn('instance_id', 'text', (c) => c.notNull())
    .addColumn('number', 'bigint', (c) => c.notNull())
    .addColumn('attempt_id', 'text', (c) => c.notNull())
    .addColumn('deployment_id', 'text', (c) => c.notNull())
    .addColumn('target_id', 'text', (c) => c.notNull())
    .addColumn('event', 'text', (c) => c.notNull())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('command', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('accepted_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addPrimaryKeyConstraint('commands_primary', ['instance_id', 'number'])
    .execute();
  await schema.createIndex('commands_by_attempt').on('commands').column('attempt_id').execute();
  await schema.createIndex('commands_by_deployment').on('commands').column('deployment_id').execute();
}
