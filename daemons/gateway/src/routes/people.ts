import { ClaimAnswer, PostPerson, PostRoomView, PostUnlink } from '@continuum/contract/http';
import { RoomId } from '@continuum/contract/ids';
import { PersonLink, RoomView } from '@continuum/contract/room';
import type { Core } from '@continuum/host/runtime';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { defined, json } from '../answers.ts';
import { operator } from '../caller.ts';
import { answers, createRoute, jsonBody } from '../route.ts';

const tags = ['people'];

const listPeople = createRoute({
  method: 'get',
  path: '/people',
  summary: 'Who is known on which source, and who vouches for it',
  tags,
  responses: answers('Links', z.array(PersonLink)),
});
const linkPerson = createRoute({
  method: 'post',
  path: '/people',
  summary: 'Say who somebody on a source is: they teach under that login from now on',
  tags,
  request: { body: jsonBody(PostPerson) },
  responses: answers('The link', PersonLink, { status: 201 }),
});
const claimPerson = createRoute({
  method: 'post',
  path: '/people/claims',
  summary: 'A code that the login has to say on the code host within 15 minutes, so that both are known as one person',
  tags,
  request: { body: jsonBody(PostPerson) },
  responses: answers('The code', ClaimAnswer, { status: 201 }),
});
const unlinkPerson = createRoute({
  method: 'post',
  path: '/people/unlink',
  summary: 'Forget who somebody on a source is',
  tags,
  request: { body: jsonBody(PostUnlink) },
  responses: answers('Who it was', PostUnlink),
});
const listViews = createRoute({
  method: 'get',
  path: '/views',
  summary: 'Places in which rooms are shown',
  tags: ['rooms'],
  request: { query: z.object({ room: RoomId.optional() }) },
  responses: answers('Places', z.array(RoomView)),
});
const connectRoom = createRoute({
  method: 'post',
  path: '/rooms/{id}/views',
  summary: 'Show a room in a place outside, such as a channel; the place shows no other room then',
  tags: ['rooms'],
  request: { params: z.object({ id: RoomId }), body: jsonBody(PostRoomView) },
  responses: answers('The place', RoomView, { status: 201 }),
});

/** Who people are on several sources, and where rooms are seen. */
export function peopleRoutes(app: OpenAPIHono, { commands }: Core): void {
  app.openapi(listPeople, async () => json<PersonLink[]>(await commands.execute('people/list', {}, operator('api'))));
  app.openapi(linkPerson, async (c) => {
    const { author, ...link } = c.req.valid('json');
    return json<PersonLink>(await commands.execute('people/link', link, operator(author ?? 'api')), 201);
  });
  app.openapi(claimPerson, async (c) => {
    const { author, ...claimed } = c.req.valid('json');
    return json<ClaimAnswer>(await commands.execute('people/claim', claimed, operator(author ?? 'api')), 201);
  });
  app.openapi(unlinkPerson, async (c) => {
    const gone = await commands.execute('people/unlink', c.req.valid('json'), operator('api'));
    return json<PostUnlink>(gone);
  });
  app.openapi(listViews, async (c) => {
    const { room: roomId } = c.req.valid('query');
    return json<RoomView[]>(await commands.execute('rooms/views', defined({ roomId }), operator('api')));
  });
  app.openapi(connectRoom, async (c) => {
    const view = { roomId: c.req.valid('param').id, ...defined(c.req.valid('json')) };
    return json<RoomView>(await commands.execute('rooms/connect', view, operator('api')), 201);
  });
}
