# What boto3.test.ts claims: plain asserts, run against the endpoint in the environment.

import datetime
import io
import os
import zipfile

import boto3
from boto3.s3.transfer import TransferConfig

deploy = boto3.client("codedeploy")
s3 = boto3.client("s3")
role = "arn:aws:iam::123456789012:role/CodeDeploy"


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except deploy.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"{code} was expected of {call}")


# Pages
for index in range(105):
    deploy.create_application(applicationName=f"app-{index:03}", tags=[{"Key": "n", "Value": str(index)}])
names = [name for page in deploy.get_paginator("list_applications").paginate() for name in page["applications"]]
assert names == [f"app-{index:03}" for index in range(105)], names
app = deploy.get_application(applicationName="app-000")["application"]
assert isinstance(app["createTime"], datetime.datetime) and app["computePlatform"] == "Server"

# Tags, with the account left out as Terraform does
arn = "arn:aws:codedeploy:eu-west-1::application:app-000"
deploy.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}])
deploy.untag_resource(ResourceArn=arn, TagKeys=["n"])
assert deploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]

# Group: defaults, member-wise update
deploy.create_deployment_group(
    applicationName="app-000", deploymentGroupName="web", serviceRoleArn=role,
    onPremisesInstanceTagFilters=[{"Key": "role", "Value": "web", "Type": "KEY_AND_VALUE"}],
)
deploy.update_deployment_group(applicationName="app-000", currentDeploymentGroupName="web", autoScalingGroups=["fleet"], alarmConfiguration={"alarms": [{"name": "errors"}]})
group = deploy.get_deployment_group(applicationName="app-000", deploymentGroupName="web")["deploymentGroupInfo"]
assert group["deploymentConfigName"] == "CodeDeployDefault.OneAtATime", group
assert group["autoScalingGroups"][0]["name"] == "fleet" and group["alarmConfiguration"]["enabled"] is False, group
assert len(group["onPremisesInstanceTagFilters"]) == 1, group

# Push: one PUT, and parts through the transfer manager; checksums as this version sends them
for name, noise, config in [("one", 10, TransferConfig()), ("parts", 12_000_000, TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024))]:
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("appspec.yml", "version: 0.0\nos: linux\n")
        archive.writestr("noise", os.urandom(noise))
    content = bundle.getvalue()
    s3.upload_fileobj(io.BytesIO(content), "releases", f"{name}.zip", Config=config)
    head = s3.head_object(Bucket="releases", Key=f"{name}.zip")
    assert head["ContentLength"] == len(content)
    assert s3.get_object(Bucket="releases", Key=f"{name}.zip", Range="bytes=1-9")["Body"].read() == content[1:10]
    revision = {"revisionType": "S3", "s3Location": {"bucket": "releases", "key": f"{name}.zip", "bundleType": "zip", "eTag": head["ETag"], "version": head["VersionId"]}}
    deploy.register_application_revision(applicationName="app-000", revision=revision, description=name)
    assert deploy.get_application_revision(applicationName="app-000", revision=revision)["revisionInfo"]["description"] == name
listed = deploy.list_application_revisions(applicationName="app-000", sortBy="registerTime", sortOrder="descending", s3Bucket="releases")["revisions"]
assert [entry["s3Location"]["key"] for entry in listed] == ["parts.zip", "one.zip"], listed

# Deployment: nobody is there, so it ends, and the waiter says so
started = deploy.create_deployment(applicationName="app-000", deploymentGroupName="web", revision=revision)["deploymentId"]
try:
    deploy.get_waiter("deployment_successful").wait(deploymentId=started, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    raise AssertionError("a deployment to nobody succeeded")
except Exception as error:
    assert "Failed" in str(error), error
info = deploy.get_deployment(deploymentId=started)["deploymentInfo"]
assert info["errorInformation"]["code"] == "NO_INSTANCES", info
found = [id for page in deploy.get_paginator("list_deployments").paginate(applicationName="app-000", deploymentGroupName="web", includeOnlyStatuses=["Failed"]) for id in page["deployments"]]
assert found == [started], found

# Refusals, by name and where pipelines parse them to the letter
assert refused("DeploymentGroupNameRequiredException", deploy.create_deployment, applicationName="app-000") == "Deployment Group name is missing"
refused("ApplicationDoesNotExistException", deploy.get_application, applicationName="nobody")
refused("InvalidNextTokenException", deploy.list_applications, nextToken="made up")
refused("ArnNotSupportedException", deploy.list_tags_for_resource, ResourceArn="arn:aws:codedeploy:eu-west-1::deploymentconfig:x")
refused("DeploymentAlreadyCompletedException", deploy.stop_deployment, deploymentId=started)
refused("UnsupportedActionForDeploymentTypeException", deploy.continue_deployment, deploymentId=started)

# Deleting takes all along, and is no error twice
for _ in range(2):
    deploy.delete_application(applicationName="app-000")
refused("ApplicationDoesNotExistException", deploy.list_deployment_groups, applicationName="app-000")
