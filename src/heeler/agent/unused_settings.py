"""Settings of the Datadog Agent's public configuration template that have no effect here, and unknown ones.

Silently ignoring a setting misleads: each such setting that is configured is reported when the agent starts,
in ``status`` and by ``diagnose``; unknown settings are reported with the closest known name.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from heeler.agent.config import Config
from heeler.agent.defaults import DEFAULTS

NO_EFFECT: dict[str, str] = {
    "app_key": "the agent asks the server nothing that needs an application key",
    "min_tls_version": "TLS 1.2 is the lowest that is spoken",
    "tag_value_split_separator": "host tags are sent as they are written",
    "checks_tag_cardinality": "tags of checks do not depend on containers here",
    "forwarder_num_workers": "each destination has one sender",
    "forwarder_http_protocol": "HTTP/1.1 is spoken",
    "forwarder_apikey_validation_interval": "a wrong key is noticed at the next payload",
    "forwarder_stop_timeout": "what is not sent at the end is on disk",
    "forwarder_outdated_file_in_days": "payloads on disk do not expire",
    "forwarder_storage_path": "payloads wait in run_path/spool",
    "forwarder_storage_max_disk_ratio": "forwarder_storage_max_size_in_bytes is the limit",
    "serializer_max_series_points_per_payload": "the intake's own limits are used",
    "serializer_max_series_payload_size": "the intake's own limits are used",
    "serializer_max_series_uncompressed_payload_size": "the intake's own limits are used",
    "serializer_zstd_compressor_level": "zstd runs at level 1",
    "serializer_experimental_use_v3_api": "series are sent in version 2 of the protocol",
    "use_v2_api": "series are sent in version 2 of the protocol",
    "cloud_provider_metadata": "cloud metadata is not queried",
    "collect_ec2_tags": "cloud metadata is not queried",
    "collect_ec2_tags_use_imds": "cloud metadata is not queried",
    "collect_gce_tags": "cloud metadata is not queried",
    "collect_ec2_instance_info": "cloud metadata is not queried",
    "exclude_ec2_tags": "cloud metadata is not queried",
    "exclude_gce_tags": "cloud metadata is not queried",
    "gce_send_project_id_tag": "cloud metadata is not queried",
    "gce_metadata_timeout": "cloud metadata is not queried",
    "ec2_metadata_timeout": "cloud metadata is not queried",
    "ec2_prefer_imdsv2": "cloud metadata is not queried",
    "ec2_use_windows_prefix_detection": "cloud metadata is not queried",
    "azure_hostname_style": "cloud metadata is not queried",
    "ecs_agent_url": "containers of ECS are not discovered",
    "ecs_metadata_timeout": "containers of ECS are not discovered",
    "inventories_configuration_enabled": "`heeler agent flare` packs the configuration, without secrets",
    "inventories_checks_configuration_enabled": "`heeler agent configcheck` shows the configuration",
    "inventories_enabled": "inventories are sent with enable_metadata_collection",
    "enable_gohai": "the host's description is sent with enable_metadata_collection",
    "remote_configuration.": "the server configures tracers, not agents",
    "remote_policies": "the server does not configure agents",
    "remote_updates": "updates come from your package manager",
    "installer": "updates come from your package manager",
    "fleet_policies_dir": "the server does not configure agents",
    "expvar_port": "`heeler agent status` reads files; no port is opened",
    "cmd_port": "commands read files and Unix sockets; no port is opened",
    "cmd_host": "commands read files and Unix sockets; no port is opened",
    "GUI_port": "the page of each host is the agent's user interface",
    "GUI_host": "the page of each host is the agent's user interface",
    "GUI_session_expiration": "the page of each host is the agent's user interface",
    "health_port": "use `heeler agent health`",
    "server_timeout": "no port is opened",
    "auth_token_file_path": "no port is opened",
    "ipc_cert_file_path": "no port is opened",
    "agent_ipc": "no port is opened",
    "telemetry": "the agent's counts are in `heeler agent status --json`",
    "agent_telemetry": "nothing is sent to anybody but your server",
    "internal_profiling": "nothing is sent to anybody but your server",
    "check_watchdog_warning_timeout": "a check that runs longer than its interval is shown at once",
    "check_sampler_bucket_commits_count_expiry": "contexts expire as in the Agent's defaults",
    "check_sampler_stateful_metric_expiration_time": "state is kept for 25 hours",
    "check_sampler_expire_metrics": "contexts expire as in the Agent's defaults",
    "integration_check_status_enabled": "the state of checks is in `status` and on the host's page",
    "integration_tracing": "checks are not traced",
    "integration_profiling": "checks are not profiled",
    "dogstatsd_mapper_cache_size": "mapped names are remembered with their metric",
    "dogstatsd_pipe_name": "Windows pipes are not there",
    "dogstatsd_windows_pipe_security_descriptor": "Windows pipes are not there",
    "dogstatsd_stats_enable": "counts of packets are in `heeler agent status`",
    "dogstatsd_stats_buffer": "counts of packets are in `heeler agent status`",
    "dogstatsd_stats_port": "no port is opened",
    "dogstatsd_packet_buffer_size": "packets are joined by a reader of their own",
    "dogstatsd_packet_buffer_flush_timeout": "packets are joined by a reader of their own",
    "dogstatsd_workers_count": "one process reads and one aggregates",
    "dogstatsd_pipeline_count": "one process reads and one aggregates",
    "dogstatsd_pipeline_autoadjust": "one process reads and one aggregates",
    "dogstatsd_string_interner_size": "strings are remembered with their metric",
    "dogstatsd_context_expiry_seconds": "contexts expire after a minute of silence",
    "dogstatsd_disable_verbose_logs": "lines that are not DogStatsD are logged at level debug only",
    "dogstatsd_capture_path": "`heeler agent dogstatsd-capture --path` names the file",
    "dogstatsd_capture_depth": "a capture is written as it comes",
    "dogstatsd_experimental_http": "DogStatsD over HTTP is not there",
    "origin_detection_unified": "origin detection has one way here",
    "log_format_json": "logs are text",
    "log_format_rfc3339": "logs have one form of time",
    "log_to_syslog": "logs go to files and standard error; systemd keeps the latter",
    "syslog_uri": "logs go to files and standard error; systemd keeps the latter",
    "syslog_rfc": "logs go to files and standard error; systemd keeps the latter",
    "syslog_pem": "logs go to files and standard error; systemd keeps the latter",
    "syslog_key": "logs go to files and standard error; systemd keeps the latter",
    "syslog_tls_verify": "logs go to files and standard error; systemd keeps the latter",
    "log_payloads": "payloads are not logged",
    "dogstatsd_log_file": "each component has a file below logs/",
    "dogstatsd_log_file_max_size": "log_file_max_size is the limit of each file",
    "dogstatsd_log_file_max_rolls": "log_file_max_rolls is the limit of each file",
    "dogstatsd_logging_enabled": "each component has a file below logs/",
    "jmx_": "checks of JMX need Java and are not supported",
    "autoconf_template_dir": "containers are not discovered; files below conf.d are read",
    "config_providers": "containers are not discovered; files below conf.d are read",
    "extra_config_providers": "containers are not discovered; files below conf.d are read",
    "listeners": "containers are not discovered",
    "extra_listeners": "containers are not discovered",
    "autoconfig_exclude_features": "containers are not discovered",
    "autoconfig_include_features": "containers are not discovered",
    "autoconfig_from_environment": "containers are not discovered",
    "ad_config_poll_interval": "containers are not discovered",
    "ad_allowed_env_vars": "every variable may be used",
    "ad_disable_env_var_resolution": "variables are resolved",
    "container_": "containers are not discovered",
    "exclude_pause_container": "containers are not discovered",
    "ac_include": "containers are not discovered",
    "ac_exclude": "containers are not discovered",
    "docker_query_timeout": "the Docker socket has five seconds",
    "docker_labels_as_tags": "only the standard labels become tags",
    "docker_env_as_tags": "variables of containers do not become tags",
    "cri_": "the Docker socket and cgroups are read",
    "kubernetes_": "the Kubernetes API is not queried",
    "kubelet_": "the Kubernetes API is not queried",
    "kube_resources_namespace": "the Kubernetes API is not queried",
    "cluster_": "there is no cluster agent",
    "clc_runner_enabled": "there is no cluster agent",
    "external_metrics_provider": "there is no cluster agent",
    "admission_controller": "there is no cluster agent",
    "leader_": "there is no cluster agent",
    "orchestrator_explorer": "the Kubernetes API is not queried",
    "prometheus_scrape": "pods are not discovered; use the check openmetrics",
    "snmp_listener": "network devices are not discovered",
    "network_devices": "network devices are not collected",
    "network_path": "network paths are not traced",
    "network_config": "connections are not collected",
    "system_probe_config": "there is no kernel probe",
    "service_monitoring_config": "there is no kernel probe",
    "discovery": "services are not discovered",
    "runtime_security_config": "security is not monitored",
    "compliance_config": "security is not monitored",
    "sbom": "packages are not listed",
    "container_image": "packages are not listed",
    "software_inventory": "packages are not listed",
    "database_monitoring": "samples and plans go to the server that takes metrics",
    "evp_proxy_config": "what tracers send this way goes to the server that takes metrics",
    "ol_proxy_config": "lineage is not stored",
    "data_streams": "data streams are not monitored",
    "synthetics": "there are no private locations",
    "gpu": "GPUs are not monitored",
    "ha_agent": "agents do not stand in for each other",
    "multi_region_failover": "use additional_endpoints",
    "observability_pipelines_worker": "use dd_url",
    "vector": "use dd_url",
    "infrastructure_mode": "the whole host is collected",
    "fips": "there is no FIPS proxy",
    "convert_dd_site_fqdn": "addresses are used as they are written",
    "ipc_address": "no port is opened",
    "bosh_id": "the hostname is that of the system",
    "cf_os_hostname_aliasing": "the hostname is that of the system",
    "cloud_foundry": "the Cloud Foundry API is not queried",
    "hostname_trust_uts_namespace": "the system's hostname is trusted",
    "hostname_drift": "the hostname is read at start",
    "no_proxy_nonexact_match": "hosts of no_proxy are compared as they are",
    "use_proxy_for_cloud_metadata": "cloud metadata is not queried",
    "sslkeylogfile": "keys of connections are never written",
    "tls_handshake_timeout": "forwarder_timeout covers the handshake",
    "allow_arbitrary_tags": "the server keeps tags as they are sent",
    "disable_cluster_name_tag_key": "there is no cluster agent",
    "tracemalloc_": "only tracemalloc_debug is known to checks",
    "c_stdlib_allocator_aligned_memory": "there is no such allocator",
    "memtrack_enabled": "memory is shown in `status`",
    "windows_": "Windows is not supported",
    "win_": "Windows is not supported",
    "secret_backend_type": "use secret_backend_command",
    "secret_backend_config": "use secret_backend_command",
    "secret_backend_output_max_size": "a secret backend may answer one MiB",
    "secret_backend_command_allow_group_exec_perm": "only its owner may execute a secret backend",
    "secret_backend_remove_trailing_line_break": "secrets are used as they are given",
    "secret_backend_skip_checks": "secrets of checks are resolved as well",
    "secret_refresh_interval": "secrets are resolved at start and reload",
    "multi_secret_backends": "use secret_backend_command",
    "proxy.no_proxy_nonexact_match": "hosts of no_proxy are compared as they are",
    "logs_config.force_use_http": "logs are always sent by HTTP",
    "logs_config.force_use_tcp": "logs are always sent by HTTP",
    "logs_config.use_http": "logs are always sent by HTTP",
    "logs_config.use_port_443": "logs are always sent by HTTP",
    "logs_config.use_tcp": "logs are always sent by HTTP",
    "logs_config.logs_no_ssl": "the scheme of logs_dd_url says whether TLS is used",
    "logs_config.socks5_proxy_address": "use proxy.https",
    "logs_config.compression_level": "logs are compressed at the lowest level",
    "logs_config.compression_kind": "logs are compressed by serializer_compressor_kind",
    "logs_config.zstd_compression_level": "logs are compressed at the lowest level",
    "logs_config.batch_max_": "a batch has at most 1,000 logs and 5 MB, the intake's limits",
    "logs_config.batch_max_concurrent_send": "logs are sent in their order, one batch at a time",
    "logs_config.pipelines": "logs are sent in their order",
    "logs_config.additional_endpoints": "logs go to one address",
    "logs_config.frame_size": "a datagram has up to 64 KiB",
    "logs_config.sender_": "the settings forwarder_backoff_* hold for logs too",
    "logs_config.connection_reset_interval": "connections are persistent",
    "logs_config.file_wildcard_selection_mode": "where there are too many files, the newest are followed",
    "logs_config.k8s_container_use_file": "container logs are read from files",
    "logs_config.docker_": "container logs are read from files",
    "logs_config.kubelet_api_client_read_timeout": "container logs are read from files",
    "logs_config.auto_multi_line": "auto_multi_line_detection knows common forms of time",
    "logs_config.auto_multi_line_extra_patterns": "auto_multi_line_detection knows common forms of time",
    "logs_config.auto_multi_line_default_sample_size": "auto_multi_line_detection knows common forms of time",
    "logs_config.auto_multi_line_default_match_threshold": "auto_multi_line_detection knows forms of time",
    "logs_config.expected_tags_duration": "host tags are added by the server",
    "logs_config.fingerprint_config": "files are recognized by their first 1,024 bytes",
    "logs_config.integrations_logs_": "logs of checks are not limited",
    "logs_config.stop_grace_period": "what is not sent at the end is on disk",
    "logs_config.dev_mode_": "logs are sent as JSON",
    "logs_config.tag_": "logs have their standard tags",
    "logs_config.use_v2_api": "version 2 of the protocol is spoken",
    "logs_config.aggregation_timeout": "several lines are one message after half a second of quiet",
    "logs_config.atomic_registry_write": "the registry is always replaced in one step",
    "logs_config.dd_port": "the port is part of logs_dd_url",
    "logs_config.validate_pod_container_id": "containers are not discovered",
    "process_config.intervals.": "the server shows no state of two seconds",
    "process_config.process_discovery": "processes are listed by process_collection alone",
    "process_config.additional_endpoints": "additional_endpoints names servers for everything",
    "process_config.run_in_core_agent": "the processes component is a process of its own",
    "process_config.disable_realtime_checks": "the server shows no state of two seconds",
    "process_config.queue_size": "the forwarder's bounds hold for all payloads",
    "process_config.process_queue_bytes": "the forwarder's bounds hold for all payloads",
    "process_config.rt_queue_size": "the server shows no state of two seconds",
    "process_config.max_ctr_procs_per_message": "use process_config.max_per_message",
    "process_config.language_detection": "languages of processes are not told",
    "process_config.": "the processes component has no such setting",
    "apm_config.max_traces_per_second": "use apm_config.target_traces_per_second",
    "apm_config.max_events_per_second": "events of spans are not sampled apart",
    "apm_config.obfuscation": "queries are always obfuscated",
    "apm_config.peer_tags_aggregation": "statistics always have peer tags",
    "apm_config.instrumentation": "programs are instrumented by their own tracer",
    "apm_config.profiling_dd_url": "profiles are not stored",
    "apm_config.profiling_additional_endpoints": "profiles are not stored",
    "apm_config.debugger_": "snapshots of debuggers are not stored",
    "apm_config.symdb_": "symbols are not stored",
    "apm_config.telemetry": "telemetry of tracers is counted and not stored",
    "apm_config.additional_endpoints": "traces go to one address",
    "apm_config.max_memory": "connection_limit and max_payload_size bound the memory",
    "apm_config.max_cpu_percent": "connection_limit and max_payload_size bound the load",
    "apm_config.": "the trace component has no such setting",
    "otlp_config.": "the receiver has no such setting",
}
"""Key -> what applies instead. A key that ends with ``_`` or ``.`` covers all keys with that prefix; any
other one itself and its whole section."""


@dataclass(frozen=True)
class Notice:
    """A configured setting without effect. ``known``: whether the Datadog Agent has it."""

    key: str
    source: str
    known: bool
    reason: str

    @property
    def sentence(self) -> str:
        if self.known:
            return f"{self.key} ({self.source}) is not used by Heeler: {self.reason}"
        hint = f"; did you mean {self.reason}?" if self.reason else ""
        return f"{self.key} ({self.source}) is no setting of the agent{hint}"


def reason_without_effect(key: str) -> str | None:
    """Why ``key`` has no effect; None for an effective or an unknown setting."""
    if key in NO_EFFECT:
        return NO_EFFECT[key]
    if key in DEFAULTS:
        return None
    matching = [known for known in NO_EFFECT if _covers(known, key)]
    return NO_EFFECT[max(matching, key=len)] if matching else None


def _covers(known: str, key: str) -> bool:
    if known[-1] in "._":
        return key.startswith(known) or f"{key}." == known
    return key.startswith(f"{known}.")


def notices(config: Config, environment: Mapping[str, str] = os.environ) -> list[Notice]:
    """All configured settings that have no effect, and all unknown ones, by key."""
    found = []
    for key in sorted(config.values):
        source = config.sources.get(key, "file")
        reason = reason_without_effect(key)
        if reason is not None:
            found.append(Notice(key, source, True, reason))
        elif key not in DEFAULTS:
            found.append(Notice(key, source, False, nearest(key)))
    for key, reason in NO_EFFECT.items():
        variable = "DD_" + key.upper().replace(".", "_")
        if variable in environment and key[-1] not in "._":
            found.append(Notice(key, variable, True, reason))
    return found


def nearest(key: str) -> str:
    """The known setting with the most similar spelling; empty if none is close."""
    known = [*DEFAULTS, *(name for name in NO_EFFECT if name[-1] not in "._")]
    return next(iter(difflib.get_close_matches(key, known, 1, 0.8)), "")


def settings_table() -> list[str]:
    """Rows of the documentation's table: each setting of the public template, used or not."""
    honored = {key: f"honored | `{_shown(default)}`" for key, default in DEFAULTS.items()}
    unused = {
        f"{key}*" if key[-1] in "._" else key: f"not used by Heeler: {why} |"
        for key, why in NO_EFFECT.items()
    }
    rows = sorted({**unused, **honored}.items())
    return ["| setting | | default |", "|---|---|---|", *(f"| `{key}` | {text} |" for key, text in rows)]


def _shown(default: object) -> str:
    return json.dumps(default) if not isinstance(default, str) else default or '""'
