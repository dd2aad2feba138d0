// The import law of the house, as data. Who may import whom; a violation says what to do instead.


/** A room may import itself and what is listed; everything else in the house is forbidden. */
function room(name, from, allowed, remedy) {
  return {
    name,
    comment: remedy,
    severity: 'error',
    from,
    to: { path: '^(agent|cli|hooks|protocol|server|world|examples|test|docs|packaging)/', pathNot: allowed },
  };
}

module.exports = {
  forbidden: [
    { name: 'no-circular', comment: 'Break the circle: move what both need into a file of its own.', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'not-to-test', comment: 'Nothing ships from test/.', severity: 'error', from: { pathNot: '^(test|docs|examples)/' }, to: { path: '^test/' } },
    { name: 'unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    room('protocol-imports-nothing', { path: '^protocol/' }, '^protocol/', 'protocol/ is what two processes agree on: it imports typebox only.'),
    room('world-imports-nothing', { path: '^world/', pathNot: '^world/real/' }, '^world/(?!real/)', 'The doors know nothing of the house.'),
    room('world-real-knows-only-the-doors', { path: '^world/real/' }, '^(world|protocol)/', 'The real world knows the doors only.'),
    room('hooks-law', { path: '^hooks/' }, '^(hooks|protocol|world/(?!real/))', 'The hook engine knows nothing of servers and agents.'),
    room('agent-law', { path: '^agent/', pathNot: '^agent/main(\\.ts$|/)' }, '^(agent|hooks|protocol|world/(?!real/))', 'The agent sees the real world only in main.ts and main/, and never the server.'),
    room('planner-law', { path: '^server/planner/' }, '^(server/planner|protocol)/', 'The planner is pure: it imports protocol only.'),
    room('server-law', { path: '^server/', pathNot: '^server/(main\\.ts$|planner/|faces/session-socket\\.ts$)' }, '^(server|hooks/appspec|agent/bundle|protocol|world/(?!real/))', 'The server sees the real world only in main.ts; of the agent it shares the bundle reader only.'),
    room('outgoing-law', { path: '^server/(outgoing|notifiers|alarm-sources|traffic)/' }, '^(server/(outgoing|notifiers|alarm-sources|traffic)|protocol|world/(?!real/))', 'What reaches out knows protocol and world only: policy is the planner\'s, rows are the store\'s.'),
    room('cli-law', { path: '^cli/', pathNot: '^cli/main\\.ts$' }, '^(cli|protocol|hooks/appspec|agent/bundle|server/traffic/lint|world/)', 'The CLI is a client like any other; only its main.ts, the composition root, starts the other programs.'),
    room('lint-law', { path: '^server/traffic/lint/' }, '^(server/traffic/lint|protocol)/', 'The linter is pure, and the command line brings it along: it imports protocol only.'),
    {
      name: 'planner-imports-no-package',
      comment: 'No core module and no package in the planner: what it needs comes in the snapshot.',
      severity: 'error',
      from: { path: '^server/planner/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'] },
    },
    {
      name: 'protocol-imports-typebox-only',
      comment: 'protocol/ runs in agents: typebox only.',
      severity: 'error',
      from: { path: '^protocol/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional'], pathNot: 'node_modules/typebox' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
