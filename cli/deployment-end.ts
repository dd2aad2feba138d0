// Whether and how a deployment or a promotion has ended, for everything here that follows one.


export type EndStatus = 'Succeeded' | 'Failed' | 'Stopped';

/** How it ended, or null while it has not. */
export function endOf({ status }: { readonly status?: string | undefined }): EndStatus | null {
  return status === 'Succeeded' || status === 'Failed' || status === 'Stopped' ? status : null;
}
