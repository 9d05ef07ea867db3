/** A widget that fails takes no other with it: its panel says so, the rest of the page stays. */
import { Component, type ReactNode } from "react";
import { isMissingPart } from "~/shell/boundary";
import { NoData } from "./NoData";

interface Props {
  children: ReactNode;
  /** What is drawn; another one is tried again. */
  of: unknown;
  /** In place of the words that say so, where there is no room for them. */
  instead?: ReactNode;
}

interface State {
  error: Error | null;
  of: unknown;
}

export class Guarded extends Component<Props, State> {
  override state: State = { error: null, of: this.props.of };

  static getDerivedStateFromError(error: Error): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    return props.of === state.of ? null : { error: null, of: props.of };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // A part of the app that could not be loaded is a matter of the whole page, which loads again.
    if (isMissingPart(error)) throw error;
    if (this.props.instead !== undefined) return this.props.instead;
    return (
      <div role="alert" style={{ height: "100%" }}>
        <NoData title={`This widget cannot be drawn: ${error.message}`} />
      </div>
    );
  }
}
