import { answer, api, type Schemas } from '../api/client';

/** Who asks. Where nobody has to log in it is whoever is at the machine. */
class Session {
  who = $state.raw<Schemas['WhoAsks']>();
  /** How people log in. */
  ways = $state.raw<Schemas['WaysIn']>();

  async read() {
    this.who = await answer(api.GET('/v1/session')).catch(() => undefined);
    if (this.isPerson && !this.ways) await this.readWays();
  }

  async readWays() {
    // A page that cannot say how people log in asks for a password: the program refuses it where there is none.
    this.ways = await answer(api.GET('/v1/login')).catch(() => ({ password: true, provider: null }));
  }

  async logIn(name: string, password: string) {
    this.who = await answer(api.POST('/v1/session', { body: { name, password } }));
  }

  async changePassword(old: string, chosen: string) {
    this.who = await answer(api.POST('/v1/session/password', { body: { old, new: chosen } }));
  }

  async logOut() {
    const { data } = await api.DELETE('/v1/session');
    this.who = undefined;
    // Out here is not out at the provider: whoever comes to this browser next would be let in as the same person.
    if (data) location.assign(data.provider_logout);
  }

  /** True where whoever asks logged in with a password of theirs. */
  get hasPassword(): boolean {
    return this.isPerson && this.ways?.password === true;
  }

  /** True where the API knows who asks, so that nobody has to say it. */
  get isPerson(): boolean {
    return this.who?.means === 'session';
  }
}

export const session = new Session();

// Pages of other sites can send the cookie and not know this.
api.use({
  onRequest({ request }) {
    const token = session.who?.csrf_token;
    if (token && request.method !== 'GET') request.headers.set('x-csrf-token', token);
    return request;
  },
});
