#!/bin/sh
# For the events around a load balancer: nothing to do here but to say that they came.
set -eu
echo "$LIFECYCLE_EVENT: hello-web of deployment $DEPLOYMENT_ID needs nothing done."
