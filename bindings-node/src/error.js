(class OpusClipError extends Error {
  constructor(message, { cause, ...place }) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, place);
  }

  get name() {
    return this.code === 'cancelled' ? 'AbortError' : 'OpusClipError';
  }
});
