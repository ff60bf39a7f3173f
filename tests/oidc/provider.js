// An OpenID provider for tests: oidc-provider, with people that a test names and keys that it turns over.
//
//   node provider.js REDIRECT_URL AUDIENCE
//
// It says where it is in its first line, answers each line of its input with one, and ends with it. `do` is one of
//   people  {people: {SUBJECT: CLAIMS}}       who can sign in, with any password
//   sign    {claims, header, key}             a token by one of the keys `one`, `two`, `curve`, `edwards`, `stranger`, or by none
//   spoil   {claims, header, key}             the next ID token is issued with these in place of its own
//   rotate  {}                                from now on it signs by `two`, which nobody was told of before
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { base64url, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose';
import Provider, { errors } from 'oidc-provider';

const [redirectUrl, audience] = process.argv.slice(2);
// What the provider says of itself is no answer.
console.info = console.error;
const SECRET = 'a client secret: with + % letters';

const ALGORITHMS = { one: 'RS256', two: 'RS256', curve: 'ES256', edwards: 'EdDSA', stranger: 'RS256' };
const keys = {};
for (const [name, alg] of Object.entries(ALGORITHMS)) {
  const pair = await generateKeyPair(alg, { extractable: true });
  keys[name] = { key: pair.privateKey, alg, jwk: { ...(await exportJWK(pair.privateKey)), kid: name, alg, use: 'sig' } };
}

let people = {};
let spoiled;
let handle;

async function sign({ claims, header = {}, key = 'one' }) {
  if (key === 'none') {
    const part = (value) => base64url.encode(JSON.stringify(value));
    return `${part({ alg: 'none', ...header })}.${part(claims)}.`;
  }
  const { alg } = keys[key];
  return new SignJWT(claims).setProtectedHeader({ alg, kid: key, ...header }).sign(keys[key].key, { crit: { exp: true } });
}

const service = {
  scope: 'farthing.import farthing.read',
  audience,
  accessTokenFormat: 'jwt',
  accessTokenTTL: 600,
  jwt: { sign: { alg: 'ES256' } },
};

function provider(issuer, signedBy) {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: 'farthing',
        client_secret: SECRET,
        redirect_uris: [redirectUrl],
        // The front page: where people are once they have logged out.
        post_logout_redirect_uris: [new URL('/', redirectUrl).href],
        id_token_signed_response_alg: 'RS256',
      },
      { client_id: 'nightly-import', client_secret: SECRET, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] },
    ],
    jwks: { keys: signedBy.map((name) => keys[name].jwk) },
    cookies: { keys: ['of this test'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email', 'email_verified'] },
    // Groups are wanted in the ID token, as most providers put them there.
    conformIdTokenClaims: false,
    findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, indicator) => {
          if (indicator !== audience) throw new errors.InvalidTarget();
          return service;
        },
      },
    },
  });
  made.use(async (context, next) => {
    await next();
    // Its pages want a typeface from a place that tests do not ask.
    if (typeof context.body === 'string') context.body = context.body.replace(/@import url\([^)]*\);/, '');
    if (spoiled && context.oidc?.route === 'token' && context.body?.id_token) {
      const claims = { ...decodeJwt(context.body.id_token), ...spoiled.claims };
      context.body.id_token = await sign({ ...spoiled, claims });
      spoiled = undefined;
    }
  });
  return made.callback();
}

const server = createServer((request, response) => handle(request, response));
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  handle = provider(issuer, ['one', 'curve', 'edwards']);
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ issuer, secret: SECRET });
  const commands = {
    people: (asked) => ({ people: Object.keys((people = asked.people)) }),
    sign: async (asked) => ({ token: await sign(asked) }),
    spoil: (asked) => ({ spoiled: Boolean((spoiled = asked)) }),
    rotate: () => {
      handle = provider(issuer, ['two', 'one', 'curve', 'edwards']);
      return { rotated: true };
    },
  };
  const lines = createInterface({ input: process.stdin });
  lines.on('line', async (line) => {
    const asked = JSON.parse(line);
    say(await commands[asked.do](asked));
  });
  lines.on('close', () => process.exit(0));
});
