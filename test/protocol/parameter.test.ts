import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { whyNotParameter } from '../../protocol/model/parameter.ts';

describe('a parameter of a deployment group', () => {
  for (const name of ['API_TOKEN', 'db_host', '_x', 'STAGE', 'HOMEPAGE', 'PATHS', 'a'.repeat(100)]) {
    it(`may be called ${name.slice(0, 20)}`, () => assert.equal(whyNotParameter(name), null));
  }
  for (const name of ['', '1A', 'A-B', 'A B', 'A=B', 'Ä', 'A\n', 'a'.repeat(101), '__proto__ ']) {
    it(`may not be called ${JSON.stringify(name.slice(0, 20))}`, () => assert.match(whyNotParameter(name) ?? '', /no name for a parameter/));
  }
  for (const name of ['PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'BASH_ENV', 'ENV', 'IFS', 'NODE_OPTIONS', 'PYTHONPATH', 'PERL5LIB', 'RUBYOPT', 'GIT_SSH_COMMAND', 'BASH_FUNC_x', 'PS4', 'SHELLOPTS', 'JAVA_TOOL_OPTIONS', 'NOTIFY_SOCKET']) {
    it(`may not be ${name}, which decides how programs run`, () => assert.match(whyNotParameter(name) ?? '', /decides how programs run/));
  }
  for (const name of ['LIFECYCLE_EVENT', 'DEPLOYMENT_ID', 'APPLICATION_NAME', 'BUNDLE_ETAG', 'FAIRLEAD_ATTEMPT', 'FAIRLEAD_ROOT']) {
    it(`may not be ${name}, which the agent sets`, () => assert.match(whyNotParameter(name) ?? '', /set by the agent/));
  }
});
