"""What AWS does and moto without our repairs does not: RDS, S3, Secrets Manager. One function per repair."""

from __future__ import annotations

from tests.simulator.account import TAGS, Account, refused


def create_subnet_group(account: Account) -> None:
    subnets = account.subnets(account.vpc(), 3)
    sent = {"DBSubnetGroupName": "shop", "DBSubnetGroupDescription": "first"}
    account("rds").create_db_subnet_group(**sent, SubnetIds=subnets[:2])
    with refused("DBSubnetGroupAlreadyExists"):
        account("rds").create_db_subnet_group(**sent, SubnetIds=subnets)


def modify_subnet_group(account: Account) -> None:
    rds, subnets = account("rds"), account.subnets(account.vpc(), 3)
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="d", SubnetIds=subnets[:2])
    rds.modify_db_subnet_group(DBSubnetGroupName="shop", SubnetIds=subnets)
    found = rds.describe_db_subnet_groups(DBSubnetGroupName="shop")["DBSubnetGroups"][0]
    assert {subnet["SubnetIdentifier"] for subnet in found["Subnets"]} == set(subnets)
    with refused("DBSubnetGroupNotFoundFault"):
        rds.modify_db_subnet_group(DBSubnetGroupName="other", SubnetIds=subnets)


def describe_parameter_group(account: Account) -> None:
    with refused("DBParameterGroupNotFound"):
        account("rds").describe_db_parameter_groups(DBParameterGroupName="missing")


def _parameter_group(account: Account) -> None:
    parameters = [
        {"ParameterName": "log_min_duration_statement", "ParameterValue": "500", "ApplyMethod": "immediate"},
        {"ParameterName": "max_connections", "ParameterValue": "100", "ApplyMethod": "pending-reboot"},
    ]
    account("rds").create_db_parameter_group(
        DBParameterGroupName="shop", DBParameterGroupFamily="postgres17", Description="d"
    )
    account("rds").modify_db_parameter_group(DBParameterGroupName="shop", Parameters=parameters)


def reset_parameter_group(account: Account) -> None:
    _parameter_group(account)
    one = [{"ParameterName": "max_connections", "ApplyMethod": "pending-reboot"}]
    account("rds").reset_db_parameter_group(DBParameterGroupName="shop", Parameters=one)
    left = account("rds").describe_db_parameters(DBParameterGroupName="shop")["Parameters"]
    assert [parameter["ParameterName"] for parameter in left] == ["log_min_duration_statement"]


def modify_parameter_group(account: Account) -> None:
    _parameter_group(account)
    found = account("rds").describe_db_parameters(DBParameterGroupName="shop", Source="user")["Parameters"]
    assert {parameter["ParameterName"]: parameter.get("ApplyType") for parameter in found} == {
        "log_min_duration_statement": "dynamic",
        "max_connections": "static",
    }


def create_instance(account: Account) -> None:
    account.database(EngineVersion="16", StorageEncrypted=True, EnablePerformanceInsights=True)
    found = account.seen_database()
    assert found["EngineVersion"].startswith("16.")
    assert found["OptionGroupMemberships"][0]["OptionGroupName"] == "default:postgres-16"
    assert (found.get("PerformanceInsightsEnabled"), found.get("PerformanceInsightsRetentionPeriod")) == (True, 7)
    assert found["KmsKeyId"].startswith("arn:aws:kms:")
    assert found.get("NetworkType") == "IPV4"


def modify_instance(account: Account) -> None:
    account.database()
    wanted = {"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 31}
    account("rds").modify_db_instance(DBInstanceIdentifier="shop", ApplyImmediately=True, **wanted)
    found = account.seen_database()
    assert (found.get("PerformanceInsightsEnabled"), found.get("PerformanceInsightsRetentionPeriod")) == (True, 31)


def create_replica(account: Account) -> None:
    rds = account("rds")
    account.database(ManageMasterUserPassword=True, DeletionProtection=True, BackupRetentionPeriod=7, Tags=TAGS)
    sent = {"DBInstanceIdentifier": "reader", "SourceDBInstanceIdentifier": "shop"}
    rds.create_db_instance_read_replica(**sent)
    rds.modify_db_instance(
        DBInstanceIdentifier="reader", CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]}
    )
    replica, source = account.seen_database("reader"), account.seen_database()
    assert (replica["DeletionProtection"], replica["BackupRetentionPeriod"], replica["TagList"]) == (False, 0, [])
    assert replica["StatusInfos"][0]["Status"] == "replicating"
    assert source["EnabledCloudwatchLogsExports"] == []
    rds.delete_db_instance(DBInstanceIdentifier="reader", SkipFinalSnapshot=True)
    account("secretsmanager").describe_secret(SecretId=source["MasterUserSecret"]["SecretArn"])


def create_bucket(account: Account) -> None:
    s3 = account("s3")
    s3.create_bucket(Bucket="shop-files", CreateBucketConfiguration={"Tags": TAGS})
    rule = s3.get_bucket_encryption(Bucket="shop-files")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    blocked = s3.get_public_access_block(Bucket="shop-files")["PublicAccessBlockConfiguration"]
    assert list(blocked.values()) == [True] * 4
    owner = s3.get_bucket_ownership_controls(Bucket="shop-files")["OwnershipControls"]["Rules"]
    assert owner == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert s3.get_bucket_tagging(Bucket="shop-files")["TagSet"] == TAGS


def delete_encryption(account: Account) -> None:
    account("s3").create_bucket(Bucket="shop-files")
    account("s3").delete_bucket_encryption(Bucket="shop-files")
    assert account("s3").get_bucket_encryption(Bucket="shop-files")


def configurations(account: Account) -> None:
    s3 = account("s3")
    s3.create_bucket(Bucket="shop-files")
    versions = {"NoncurrentDays": 30, "NewerNoncurrentVersions": 3}
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "NoncurrentVersionExpiration": versions}
    s3.put_bucket_lifecycle_configuration(Bucket="shop-files", LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="shop-files")["Rules"] == [rule]
    s3.put_bucket_notification_configuration(
        Bucket="shop-files", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket="shop-files")
    s3.delete_bucket_lifecycle(Bucket="shop-files")
    with refused("NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket="shop-files")


def create_secret(account: Account) -> None:
    secrets = account("secretsmanager")
    secrets.create_secret(Name="shop/db", SecretString="x")
    secrets.delete_secret(SecretId="shop/db", RecoveryWindowInDays=7)
    with refused("InvalidRequestException"):
        secrets.create_secret(Name="shop/db", SecretString="x")
