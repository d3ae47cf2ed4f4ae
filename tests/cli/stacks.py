"""The specs the tests of the command line run, as texts."""

from __future__ import annotations

TOPIC = """\
stack: shop
account: "123456789012"
region: eu-central-1
resources:
  news:
    kind: sns.topic
    display_name: News
"""
"""One topic, named shop-news; its entry is on line 5, its display name on line 7."""

SHOP = """\
stack: shop
account: "123456789012"
region: eu-central-1
tags:
  team: sales
vars:
  label: News
resources:
  network:
    kind: network
  web:
    kind: ec2.security_group
    vpc_id: ${network.vpc_id}
    description: Web
    ingress:
      - {ip_protocol: tcp, from_port: 80, to_port: 80, cidr_ipv4: 0.0.0.0/0}
  files:
    kind: bucket
    cors_origins: ["https://shop.example.com"]
  worker:
    kind: iam.role
    assume_role_policy_document: {Version: "2012-10-17", Statement: []}
    policies:
      write: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:PutObject", Resource: "${files.arn}/*"}]}
  news:
    kind: sns.topic
    display_name: ${vars.label}
  letter:
    kind: ses.template
    subject_part: Hello
    text_part: Hello {{name}}
  logs:
    kind: logs.log_group
    log_group_name: /shop/web
    retention_in_days: 30
  slow:
    kind: cloudwatch.metric_alarm
    alarm_actions:
      - ${news.topic_arn}
    namespace: AWS/ApplicationELB
    metric_name: TargetResponseTime
    statistic: Average
    period: 60
    evaluation_periods: 3
    threshold: 2
    comparison_operator: GreaterThanThreshold
  session:
    kind: secretsmanager.secret
    generate_secret_string: {length: 24}
"""
"""A middle-size stack: sixteen or so objects of eleven kinds, two of them holding data."""
