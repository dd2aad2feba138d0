// Terraform's AWS provider against a real server: apply, a second plan that is empty, a change, imports and destroy. It
// takes minutes, most of them the provider's start, so it is no part of npm test: npm run test:conformance. Providers are
// not downloaded; they are looked for in the folder that FAIRLEAD_TERRAFORM_PLUGINS names, or /opt/tf-plugins.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { RealFleet } from '../system/real-fleet.ts';

const run = promisify(execFile);
const plugins = process.env['FAIRLEAD_TERRAFORM_PLUGINS'] ?? '/opt/tf-plugins';

function isHere(): boolean {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore', env: { ...process.env, CHECKPOINT_DISABLE: '1' } });
    return existsSync(join(plugins, 'registry.terraform.io/hashicorp/aws'));
  } catch {
    return false;
  }
}

const mirror = `provider_installation {
  filesystem_mirror {
    path = "${plugins}"
  }
}
`;

/** Two tiers: the second takes blocks away, which the provider says in ways of its own. */
const configuration = (url: string, accessKeyId: string, secretAccessKey: string): string => `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "tier" { default = "one" }
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "${accessKeyId}"
  secret_key                  = "${secretAccessKey}"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints { codedeploy = "${url}" }
  default_tags { tags = { owner = "ops" } }
}
resource "aws_codedeploy_app" "web" {
  name             = "web"
  compute_platform = "Server"
  tags             = { tier = var.tier }
}
resource "aws_codedeploy_deployment_config" "most" {
  deployment_config_name = "most"
  minimum_healthy_hosts {
    type  = "FLEET_PERCENT"
    value = 75
  }
}
resource "aws_codedeploy_deployment_group" "blue" {
  app_name               = aws_codedeploy_app.web.name
  deployment_group_name  = var.tier == "one" ? "blue" : "renamed"
  service_role_arn       = "arn:aws:iam::123456789012:role/CodeDeploy"
  deployment_config_name = aws_codedeploy_deployment_config.most.id
  autoscaling_groups     = var.tier == "one" ? ["fleet"] : []
  on_premises_instance_tag_filter {
    key   = "role"
    type  = "KEY_AND_VALUE"
    value = var.tier
  }
  dynamic "ec2_tag_set" {
    for_each = var.tier == "one" ? ["app"] : []
    content {
      ec2_tag_filter {
        key  = ec2_tag_set.value
        type = "KEY_ONLY"
      }
    }
  }
  dynamic "ec2_tag_filter" {
    for_each = var.tier == "one" ? [] : ["app"]
    content {
      key  = ec2_tag_filter.value
      type = "KEY_ONLY"
    }
  }
  auto_rollback_configuration {
    enabled = var.tier == "one"
    events  = ["DEPLOYMENT_FAILURE"]
  }
  alarm_configuration {
    alarms  = ["errors"]
    enabled = var.tier == "one"
  }
  dynamic "trigger_configuration" {
    for_each = var.tier == "one" ? ["all"] : []
    content {
      trigger_name       = trigger_configuration.value
      trigger_events     = ["DeploymentFailure"]
      trigger_target_arn = "arn:aws:sns:us-east-1:123456789012:deployments"
    }
  }
  dynamic "load_balancer_info" {
    for_each = var.tier == "one" ? ["lb"] : []
    content {
      elb_info {
        name = load_balancer_info.value
      }
    }
  }
  tags = { tier = var.tier }
}
`;

if (isHere()) {
  describe('Terraform’s AWS provider', function () {
    this.timeout(15 * 60_000);
    let fleet: RealFleet;
    let folder: string;

    async function terraform(...args: string[]): Promise<string> {
      const env = { PATH: process.env['PATH'], HOME: folder, TF_CLI_CONFIG_FILE: join(folder, 'mirror.tfrc'), TF_IN_AUTOMATION: '1', CHECKPOINT_DISABLE: '1' };
      const { stdout } = await run('terraform', [...args, '-no-color'], { cwd: folder, env, maxBuffer: 16 * 1024 * 1024 });
      return stdout;
    }

    before(async () => {
      fleet = await RealFleet.start([]);
      folder = join(fleet.folder, 'terraform');
      await mkdir(folder);
      const { accessKeyId, secretAccessKey } = fleet.client.connection;
      await writeFile(join(folder, 'mirror.tfrc'), mirror);
      await writeFile(join(folder, 'main.tf'), configuration(fleet.url, accessKeyId!, secretAccessKey!));
      await terraform('init');
    });
    after(async () => fleet?.[Symbol.asyncDispose]());

    // -detailed-exitcode: 0 says that nothing is to be changed, 2 that something is, which rejects.
    for (const tier of ['one', 'two']) {
      it(`applies ${tier === 'one' ? 'an application, a config and a group' : 'a change that renames, and takes blocks away'}, and then has nothing to change`, async () => {
        await terraform('apply', '-auto-approve', '-var', `tier=${tier}`);
        await terraform('plan', '-detailed-exitcode', '-var', `tier=${tier}`);
      });
    }

    it('imports what it has made, and has nothing to change then', async () => {
      await rm(join(folder, 'terraform.tfstate'));
      for (const [address, id] of [['aws_codedeploy_app.web', 'web'], ['aws_codedeploy_deployment_config.most', 'most'], ['aws_codedeploy_deployment_group.blue', 'web:renamed']] as const) {
        await terraform('import', '-var', 'tier=two', address, id);
      }
      await terraform('plan', '-detailed-exitcode', '-var', 'tier=two');
    });

    it('destroys all of it', async () => {
      assert.match(await terraform('destroy', '-auto-approve', '-var', 'tier=two'), /3 destroyed/);
    });
  });
} else {
  describe(`Terraform’s AWS provider is not here (looked in ${plugins}): its claims are not made, those of the AWS SDK are`, () => undefined);
}
