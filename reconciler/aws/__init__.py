"""The one door to AWS: sessions, the executor that makes calls, the table of error codes, the wire names.

Nothing outside this package imports boto3, botocore or tenacity. It knows no kind.
"""
