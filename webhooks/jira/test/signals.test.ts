import { documentOf } from '@continuum/testing/jira/state';
import { expect, test } from 'vitest';
import { signOff } from '../src/sign-off.ts';
import { readSignals } from '../src/signals.ts';
import { EXAMPLES, saying } from './examples.ts';

const ADA = { id: '712020:416461000000000000000000', name: 'Ada', kind: 'person' };
const PLACE = { id: 'SHOP-7', title: 'Log in with a passkey' };
const [CREATED, UPDATED, DELETED, SAID, EDITED, GONE] = EXAMPLES.map(({ event, payload }) => ({
  signals: readSignals(event, payload),
  payload,
}));

test('an issue is a ticket', () => {
  expect(CREATED?.signals).toEqual([
    {
      ...{ kind: 'ticket', action: 'created', place: PLACE, author: ADA, at: '2026-03-01T11:59:00.000Z' },
      ticket: {
        ...{ key: 'SHOP-7', title: 'Log in with a passkey', description: 'People want it.', state: 'To Do' },
        url: 'https://acme.atlassian.net/browse/SHOP-7',
      },
    },
  ]);
  expect(UPDATED?.signals).toMatchObject([{ action: 'updated' }]);
  expect(DELETED?.signals).toMatchObject([{ action: 'removed' }]);
});

test('an update of ranks and watchers says nothing', () => {
  const changelog = { id: '1', items: [{ field: 'Rank' }, { field: 'watches' }] };
  expect(readSignals('issue', { ...UPDATED?.payload, changelog })).toEqual([]);
});

test('a comment is a message, its edit and its deletion too, each at its own time', () => {
  expect(SAID?.signals).toEqual([
    {
      ...{ kind: 'message', action: 'created', place: PLACE, author: ADA, at: '2026-03-01T11:58:00.000Z' },
      ...{ externalId: '20001', text: 'Why not a password?' },
      url: 'https://acme.atlassian.net/browse/SHOP-7?focusedCommentId=20001',
    },
  ]);
  expect(EDITED?.signals).toMatchObject([{ action: 'edited', at: '2026-03-01T11:58:00.000Z' }]);
  expect(GONE?.signals).toMatchObject([{ action: 'deleted', at: '2026-03-01T11:59:00.000Z' }]);
});

test('texts come as wiki markup or as a document', () => {
  const comment = { ...Object(SAID?.payload.comment), body: documentOf('As a document.') };
  expect(readSignals('comment', { ...SAID?.payload, comment })).toMatchObject([{ text: 'As a document.' }]);
  const { event, payload } = saying('See [the docs|https://docs.test/a] and {{x = 1}}');
  expect(readSignals(event, payload)).toMatchObject([{ text: 'See [the docs](https://docs.test/a) and `x = 1`' }]);
});

test('apps and comments of our own do not speak as people; whoever quotes us does', () => {
  const kindOf = (text: string) => {
    const { event, payload } = saying(text);
    return readSignals(event, payload).map(({ author }) => author.kind);
  };
  expect(kindOf(`Done.\n\n_${signOff('answer:1')}_`)).toEqual(['bot']);
  expect(kindOf(`bq. ${signOff('answer:1')}\n\nThis is wrong.`)).toEqual(['person']);
  const app = { accountId: 'app', displayName: 'Deployer', accountType: 'app' };
  const comment = { ...Object(SAID?.payload.comment), author: app };
  expect(readSignals('comment', { ...SAID?.payload, comment })).toMatchObject([{ author: { kind: 'bot' } }]);
});
