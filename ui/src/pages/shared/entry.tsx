/** A shared dashboard by its address: without an account, and with one. */
import { useParams } from "wouter";
import Shared from "./shared";

export default function SharedEntry() {
  const { token = "" } = useParams<{ token: string }>();
  return <Shared token={token} />;
}
