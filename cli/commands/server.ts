// `fairlead server`: the controller, in the foreground, until it is told to end.

import type { Command } from 'commander';
import type { ExitStatus } from '../refusal.ts';
import type { Shell } from '../shell.ts';
import { startedOrRefused } from '../start-program.ts';
import { withExamples } from '../shell.ts';
import { addServerBackupCommands } from './server-backup.ts';

interface ServerFlags {
  readonly dataDir?: string;
  readonly database?: string;
  readonly listen?: string;
  readonly insecurePlaintext?: boolean;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly tlsOwn?: boolean;
  readonly config?: string;
}

export function addServerCommand(program: Command, shell: Shell): void {
  const command = program
    .command('server')
    .summary('run the controller')
    .description(
      'Runs the controller until SIGTERM or Ctrl-C. Its first start makes an administrator access key, prints it once and writes it to DATA_DIR/administrator-access-key.json, readable by the owner only. FAIRLEAD_ADMIN_ACCESS_KEY_ID and FAIRLEAD_ADMIN_SECRET_ACCESS_KEY set it instead.',
    )
    .option('--data-dir <dir>', 'folder for the database, bundles and keys, made when absent; /var/lib/fairlead-server when not given')
    .option('--database <url>', 'keep the data on a PostgreSQL server instead: postgres://user:password@host:5432/name; better set FAIRLEAD_DATABASE, which no list of processes shows')
    .option('--listen <host:port>', 'address to listen on, 127.0.0.1:4710 when not given; [::1]:8080 for IPv6; port 0 takes a free one')
    .option('--tls-certificate <file>', 'PEM file of the certificate and its chain: the server speaks HTTPS')
    .option('--tls-key <file>', 'PEM file of its private key')
    .option('--tls-own', 'speak HTTPS with a certificate that the controller makes itself (so it does, too, on an address others can reach, when none is given)')
    .option('--insecure-plaintext', 'listen without TLS on an address others can reach: credentials and bundles can be read on the way')
    .option('--config <file>', 'configuration file (YAML) whose keys are these flags’ names, and region, account-id, ping-seconds, event-timeout-seconds …')
    .action(async (flags: ServerFlags) => {
      const status = await startedOrRefused(() => shell.around.rooms.runServer({
        ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }),
        ...(flags.database === undefined ? {} : { database: flags.database }),
        ...(flags.listen === undefined ? {} : { listen: flags.listen }),
        ...(flags.insecurePlaintext === undefined ? {} : { insecurePlaintext: flags.insecurePlaintext }),
        ...(flags.tlsCertificate === undefined ? {} : { tlsCertificate: flags.tlsCertificate }),
        ...(flags.tlsKey === undefined ? {} : { tlsKey: flags.tlsKey }),
        ...(flags.tlsOwn === undefined ? {} : { tlsOwn: flags.tlsOwn }),
        ...(flags.config === undefined ? {} : { configFile: flags.config }),
      }));
      shell.finish(status as ExitStatus);
    });
  addServerBackupCommands(command, shell);
  withExamples(command, ['fairlead server --data-dir /var/lib/fairlead --listen 127.0.0.1:8080', 'curl http://127.0.0.1:8080/readyz']);
}
