/** Links of invitations and of password resets: mailed, or shown for the administrator to hand over. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "~/api/client";
import { Button, CodeBlock, Dialog, Notice } from "~/ui";

interface Invited {
  data: { attributes: { expires_at: string; link?: string } }[];
}

/** A link that was made. `url` is empty where it was mailed. */
export interface MadeLink {
  email: string;
  url: string;
}

/** Invites a user; an earlier invitation stops working. */
export function useInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, email }: { id: string; email: string }): Promise<MadeLink> => {
      const relationships = { user: { data: { id, type: "users" } } };
      const body = { data: [{ type: "user_invitations", relationships }] };
      const answer = await request<Invited>("POST", "/api/v2/user_invitations", { body });
      return { email, url: answer.data[0]?.attributes.link ?? "" };
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["settings"] }),
  });
}

/** A link by which a user chooses a new password. */
export function useResetLink() {
  return useMutation({
    mutationFn: async (id: string): Promise<MadeLink> => {
      const answer = await request<{ email: string; link: string }>(
        "POST",
        `/api/ui/users/${id}/password_reset`,
      );
      return { email: answer.email, url: answer.link };
    },
  });
}

export function LinkDialog({ link, onClose }: { link: MadeLink; onClose: () => void }) {
  const footer = (
    <Button kind="primary" onClick={onClose}>
      Done
    </Button>
  );
  return (
    <Dialog title={`Link for ${link.email}`} open onClose={onClose} footer={footer} width={560}>
      <Notice state="info">
        This server sends no mail. Hand the link over yourself, over a channel that only {link.email} reads:
        it lets its reader choose the password, once. It is shown only now.
      </Notice>
      <CodeBlock code={link.url} wrap />
    </Dialog>
  );
}
