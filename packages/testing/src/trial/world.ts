import { createDeployment, type Deployment } from '../deployment.ts';
import { type Front, startFront } from '../front.ts';
import { type FakeGithub, startFakeGithub } from '../github/fake.ts';
import { type NatsCluster, startNatsCluster } from '../servers/nats.ts';
import { type PostgresServer, startPostgres } from '../servers/postgres.ts';
import { REPO } from './load.ts';

const SECRET = 'a-webhook-secret';

/** Everything that a deployment of its own needs, on loopback, and GitHub on real git repositories. */
export interface World {
  readonly nats: NatsCluster;
  readonly postgres: PostgresServer;
  readonly github: FakeGithub;
  /** In front of the intakes. */
  readonly front: Front;
  readonly deployment: Deployment;
  stop(): Promise<void>;
}

/** Starts three NATS servers, a PostgreSQL, GitHub and a proxy. Throws, naming the Debian package that is missing. */
export async function startWorld(): Promise<World> {
  const ends: Array<() => Promise<void>> = [];
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    ends.unshift(() => part.stop());
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0)) await end().catch((error: unknown) => console.error(error));
  };
  try {
    const nats = keep(await startNatsCluster(3, { syncAlways: true }));
    const postgres = keep(await startPostgres({ settings: { max_connections: '200' } }));
    const github = keep(await startFakeGithub());
    await github.createRepo(REPO, { collaborators: { alice: 'write' }, files: { 'README.md': '# shop\n' } });
    const deployment = keep(
      await createDeployment({
        NATS_URL: nats.urls.join(','),
        NATS_REPLICAS: '3',
        DATABASE_URL: await postgres.createDatabase('continuum'),
        GITHUB_WEBHOOK_SECRET: SECRET,
        GITHUB_TOKEN: github.token,
        GITHUB_API_URL: github.url,
        GITHUB_THROTTLE: 'off',
      }),
    );
    const intakes = () =>
      [...deployment.running()].flatMap(([name, { url }]) => (name.startsWith('intake') ? [url] : []));
    const front = keep(await startFront(intakes, { doubledEvery: 7 }));
    github.setWebhook({ url: `${front.url}/webhooks/github`, secret: SECRET });
    return { nats, postgres, github, front, deployment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
