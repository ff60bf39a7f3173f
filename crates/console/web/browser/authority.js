// People, what they may do, and the record of it.
import assert from 'node:assert/strict';

const PASSWORD = 'a long and unguessable sentence';
const text = (locator) => locator.innerText();

export function authority({ go, origin }) {
  const api = (page, path) => page.evaluate(async (asked) => (await fetch(asked)).json(), path);
  const logIn = async (page, name) => {
    await page.getByRole('heading', { name: 'Say who you are.' }).waitFor();
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('button', { name: `Log out ${name}` }).waitFor();
  };
  const add = async (page, name, roles) => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel(/^Password/).fill(PASSWORD);
    const form = page.locator('form').filter({ hasText: /^Add (somebody|the first administrator)/ });
    for (const box of await form.getByRole('checkbox').all()) await box.setChecked(roles.includes(await box.inputValue()));
    await form.getByRole('button', { name: 'Add' }).click();
  };

  return [
    ['the record of changes says whether it is as it was written, and is filtered', async (page) => {
      await go(page, '/audit');
      const { entries } = await api(page, '/v1/audit/verification');
      assert.ok(entries > 0);
      assert.match(await text(page.locator('h1')), new RegExp(`^The record of ${entries} changes is as it was written\\.$`));
      await page.getByLabel('Did what').fill('import.');
      await page.keyboard.press('Enter');
      await page.waitForURL(/action=import\./);
      await page.getByRole('link', { name: 'import published' }).first().waitFor();
      await page.getByRole('link', { name: 'document published' }).first().waitFor({ state: 'detached' });
      await page.getByRole('link', { name: /^Remove the filter Did what/ }).click();
      await page.getByRole('link', { name: 'document published' }).first().waitFor();
      await page.getByLabel('Did what').fill('nothing like it');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('the actions are').waitFor();
    }],

    ['from the first person on everybody logs in, lands on their page, and sees what they may', async (page) => {
      await go(page, '/administration');
      assert.equal(await page.getByRole('button', { name: 'Issue' }).count(), 0, 'a token before anybody may log in would shut everybody out');
      await add(page, 'root', ['administrator']);
      await logIn(page, 'root');
      await page.getByRole('row', { name: /^root administrator/ }).waitFor();
      await add(page, 'vera', ['viewer']);
      await page.getByRole('row', { name: /^vera viewer/ }).waitFor();
      await add(page, 'cora', ['controller']);
      await page.getByRole('row', { name: /^cora controller/ }).waitFor();
      await page.getByRole('button', { name: 'Log out root' }).click();

      await logIn(page, 'vera');
      await page.getByRole('alert').getByText(/administrator/).first().waitFor();
      await page.getByRole('heading', { level: 1, name: 'Administration is not for you to see.' }).waitFor();
      await go(page, '/audit');
      await page.getByRole('heading', { level: 1, name: 'Audit log is not for you to see.' }).waitFor();
      // Reading is theirs; deciding is not, and the answer says which right is missing.
      await go(page, '/plans');
      await page.getByRole('button', { name: 'Comment', exact: true }).waitFor();
      await page.getByLabel(/^Reason/).first().fill('what of June?');
      await page.getByRole('button', { name: 'Comment', exact: true }).click();
      await page.getByRole('alert').getByText(/may not comment/).first().waitFor();
      await page.getByRole('button', { name: 'Plan again' }).click();
      await page.getByRole('alert').getByText(/may not propose/).first().waitFor();
      await go(page, '/?period=2026-05');
      assert.match(await text(page.locator('h1')), /^May cost/);
      await page.getByRole('button', { name: 'Log out vera' }).click();
      await page.getByRole('heading', { name: 'Say who you are.' }).waitFor();

      await page.goto(new URL('/', page.url()).href);
      await logIn(page, 'cora');
      await page.waitForURL(/\/month-end/);
      // Who is logged in does not say who they are a second time.
      await go(page, '/month-end?period=2026-05');
      assert.equal(await page.getByLabel('Your name, kept in the record').count(), 0);
    }],

    ['whoever logged in changes their own password, and no common one is taken', async (page) => {
      await page.goto(`${origin}/?period=2026-05`);
      await logIn(page, 'vera');
      await page.getByRole('button', { name: 'Change password' }).click();
      const dialog = page.getByRole('dialog', { name: 'Change your password' });
      const change = async (chosen) => {
        await dialog.getByLabel('Password until now').fill(PASSWORD);
        await dialog.getByLabel(/^New password/).fill(chosen);
        await dialog.getByLabel('The new one again').fill(chosen);
        await dialog.getByRole('button', { name: 'Change it' }).click();
      };
      await change('Password2026');
      await dialog.getByRole('alert').getByText('first that are tried').waitFor();
      await change('another and much longer sentence');
      await page.getByRole('status').getByText('Your password is changed.').waitFor();
      assert.equal(await dialog.count(), 0);
      // The session goes on as another one.
      await page.getByRole('button', { name: 'Log out vera' }).click();
      await page.getByRole('heading', { name: 'Say who you are.' }).waitFor();
    }],

    ['a token is issued, its secret shown once, and revoked at once', async (page) => {
      await page.goto(`${origin}/administration`);
      await logIn(page, 'root');
      await page.getByLabel(/^What it is for/).fill('nightly-import');
      await page.getByRole('button', { name: 'Issue' }).click();
      const secret = await text(page.locator('code.secret'));
      const asked = () => page.request.get(new URL('/v1/session', page.url()).href, { headers: { authorization: `Bearer ${secret}` } });
      assert.equal((await (await asked()).json()).means, 'token');
      await page.getByRole('link', { name: 'nightly-import' }).click();
      await page.getByRole('button', { name: 'Revoke …' }).click();
      await page.getByRole('button', { name: 'Revoke nightly-import now' }).click();
      await page.getByRole('row', { name: /^nightly-import .*revoked/ }).waitFor();
      assert.equal((await asked()).status(), 401);
    }],
  ];
}
