// People who sign in with an OpenID provider: oidc-provider, which the tests of the program use as well.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { serveHome } from './home.js';

const SCRIPT = fileURLToPath(new URL('../../../../tests/oidc/provider.js', import.meta.url));
const RULES = [{ group: 'finance', roles: ['controller'] }, { group: 'readers', roles: ['viewer'] }];
const PEOPLE = {
  '00u1': { preferred_username: 'fay', groups: ['finance'] },
  '00u2': { preferred_username: 'roy', groups: ['others'] },
};

/** A port that nobody has at this moment: the provider is told where browsers come back before there is a program. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A provider, and the program serving a home whose people sign in with it. */
export async function providing(binary, home) {
  const listen = `127.0.0.1:${await freePort()}`;
  const back = `http://${listen}/v1/session/openid/return`;
  const script = spawn(process.execPath, [SCRIPT, back, `http://${listen}`], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: script.stdout })[Symbol.asyncIterator]();
  const said = async () => JSON.parse((await lines.next()).value);
  const { issuer, secret } = await said();
  script.stdin.write(`${JSON.stringify({ do: 'people', people: PEOPLE })}\n`);
  await said();
  const settings = {
    FARTHING_OPENID_ISSUER: issuer,
    FARTHING_OPENID_CLIENT_ID: 'farthing',
    FARTHING_OPENID_CLIENT_SECRET: secret,
    FARTHING_OPENID_REDIRECT_URL: back,
    FARTHING_OPENID_LOGOUT_URL: `http://${listen}/`,
    FARTHING_OPENID_LABEL: 'Acme',
    FARTHING_OPENID_RULES: JSON.stringify(RULES),
  };
  const { origin, stop } = await serveHome(binary, home, settings, listen);
  return {
    origin,
    issuer,
    checks: checks(origin),
    stop: async () => {
      await stop();
      script.stdin.end();
    },
  };
}

const checks = (origin) => {
  const signIn = async (page, login) => {
    await page.getByRole('link', { name: 'Sign in with Acme' }).click();
    await page.getByPlaceholder('Enter any login').fill(login);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
  };
  return [
    ['whoever signs in with the provider is led to their page, and back to the one that they asked for', async (page) => {
      await page.goto(`${origin}/`);
      assert.equal(await page.getByLabel('Password').count(), 0);
      await signIn(page, '00u1');
      await page.waitForURL(/\/month-end/);
      // A password is the provider's to change.
      assert.equal(await page.getByRole('button', { name: 'Change password' }).count(), 0);
      await page.context().clearCookies({ name: '__Host-farthing' });
      await page.goto(`${origin}/audit?action=session.`);
      await page.getByRole('link', { name: 'Sign in with Acme' }).click();
      // The provider knows her still.
      await page.waitForURL(`${origin}/audit?action=session.`);
      await page.getByRole('button', { name: 'Log out fay' }).waitFor();
    }],

    ['whoever logs out does so at the provider as well, and is asked who they are the next time', async (page) => {
      await page.goto(`${origin}/audit?action=session.`);
      await signIn(page, '00u1');
      await page.getByRole('button', { name: 'Log out fay' }).click();
      await page.getByRole('button', { name: 'Yes, sign me out' }).click();
      await page.waitForURL(`${origin}/`);
      await page.getByRole('link', { name: 'Sign in with Acme' }).click();
      await page.getByPlaceholder('Enter any login').waitFor();
    }],

    ['whoever has no role is told so where people sign in', async (page) => {
      await page.goto(`${origin}/`);
      await signIn(page, '00u2');
      await page.getByRole('alert').getByText('None of your groups at the provider stands for a role here.').waitFor();
      await page.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
    }],
  ];
};
